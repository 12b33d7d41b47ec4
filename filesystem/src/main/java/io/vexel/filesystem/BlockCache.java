package io.vexel.filesystem;

import io.vexel.base.CapacityException;
import io.vexel.base.VexelException;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Shrinker;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Blocks in memory, in frames that are taken from the budget one by one, and given back when somebody else needs the memory.
 *
 * <p>A frame that is pinned, changed by the running transaction, or not yet checkpointed stays; others are evicted by CLOCK. How a frame is found when
 * none is free, by how many there are:
 *
 * <pre>
 *  most    ------------------------------------------------------------------------------------------------
 *           all frames are in use: memory that is free, then such as others give back, or the error
 *  usual   ------------------------------------------------------------------------------------------------
 *           memory that is free for caches, else by eviction          a shrinker gives back down to here:
 *  least   -------------------------------------------------------------------------------------------  v --
 *           memory that is free, then such as others give back, else by eviction
 *  0       ------------------------------------------------------------------------------------------------
 * </pre>
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>An error about memory means that no frame could be evicted, and that the budget did not have the memory for one after all others were asked.
 *   <li>The monitor is held for no wait: not while a block is loaded (other threads that want it wait until it is ready), not while others are asked for
 *       memory or pages are given back. Nothing is asked for while it is held, so the shrinker takes it.
 *   <li>After an error the cache wants a checkpoint, which makes frames of the journal clean, and is taken to have no more frames than it has.
 * </ol>
 */
final class BlockCache implements AutoCloseable {

    /**
     * How many frames there are.
     *
     * @param least what a shrinker leaves
     * @param usual as many as hold blocks that could be read again
     * @param most as many as there are when all of them are in use
     */
    record Sizes(int least, int usual, int most) {}

    /** Where contents come from. */
    interface Loader {
        /** Fills the target with the block's verified contents. */
        void load(long block, MemorySegment target);

        /**
         * Fills frames with the verified contents of their blocks, by reads of the device that are under way at once where it can.
         *
         * @param failures takes the error of each frame that could not be filled, null for the others
         */
        default void loadMany(List<Frame> frames, @Nullable RuntimeException[] failures) {
            for (int i = 0; i < failures.length; i++) {
                try {
                    load(frames.get(i).block, frames.get(i).data);
                } catch (VexelException e) {
                    failures[i] = e;
                }
            }
        }
    }

    /** What its memory is called in the budget, and the shrinker in statistics. */
    static final String NAME = "filesystem cache";

    private static final long MOST_FIRST_BYTES = 1 << 20;

    /** Units that are taken at once while so many times their memory is free for caches. */
    private static final int UNITS_TOGETHER = 16;

    private static final int PLENTY = 16;
    private static final int MOST_TOGETHER = 64;
    private static final int SHARE_TOGETHER = 32;

    /** Of the frames that are left to the cache: when more than this share belongs to the journal, a checkpoint would help others. */
    private static final int CHECKPOINT_SHARE = 4;

    private final int blockSize;
    private final MemoryBudget budget;
    private final Loader loader;
    private final Sizes sizes;
    private final FrameMemory memory;
    private final Shrinker shrinker = new CleanFrames();

    /** All that follows: with the monitor. */
    private final Map<Long, Frame> mapped = new HashMap<>();

    private final ArrayDeque<Frame> free = new ArrayDeque<>();

    /** Index of a unit, and of the frame in it, at which CLOCK stands. */
    private int hand;

    private int handFrame;

    /** Frames that there is memory for. */
    private int held;

    private int copies;
    private int journaledFrames;

    /** Whether memory was refused the last time that it was asked for. */
    private boolean refused;

    private boolean checkpointWanted;

    /** Calls of the shrinker that give pages back just now. */
    private int shrinking;

    private boolean closed;

    /** Registers with the budget; closing ends that. */
    BlockCache(int blockSize, MemoryBudget budget, Loader loader, Sizes sizes) {
        this.blockSize = blockSize;
        this.budget = budget;
        this.loader = loader;
        this.sizes = sizes;
        this.memory = new FrameMemory(budget, blockSize, sizes.most);
        takeFirst();
        budget.addShrinker(shrinker);
    }

    /** What is left to the cache is taken at once, as far as it is little and there, so that others that come later leave it. */
    private synchronized void takeFirst() {
        boolean more = true;
        while (more && held < sizes.least && (long) held * blockSize < MOST_FIRST_BYTES) {
            int before = held;
            grow();
            more = held > before;
        }
    }

    /**
     * The loaded frame of the block, pinned.
     *
     * @throws CapacityException when there is no frame for it
     */
    Frame pin(long block) {
        synchronized (this) {
            Frame frame = mapped.get(block);
            if (frame != null && frame.ready) {
                return pinned(frame);
            }
        }
        return pinAbsent(block);
    }

    private static Frame pinned(Frame frame) {
        frame.pins++;
        frame.referenced = true;
        return frame;
    }

    /** Of a block that was not in memory, or not ready, a moment ago. */
    private Frame pinAbsent(long block) {
        while (true) {
            Frame spare = isMapped(block) ? null : spare();
            Frame frame;
            boolean mine;
            synchronized (this) {
                frame = mapped.get(block);
                mine = false;
                if (spare != null && frame == null) {
                    frame = map(spare, block);
                    mine = true;
                } else if (spare != null) {
                    recycle(spare);
                }
                if (frame == null) {
                    continue; // another thread could not load it
                }
                pinned(frame);
            }
            if (mine) {
                load(frame);
            } else {
                awaitLoaded(frame);
            }
            return frame;
        }
    }

    private synchronized boolean isMapped(long block) {
        return mapped.containsKey(block);
    }

    /** Most blocks that are loaded together: few enough that other threads find frames, too. */
    int mostTogether() {
        return Math.clamp(sizes.most / SHARE_TOGETHER, 1, MOST_TOGETHER);
    }

    /**
     * Pins blocks; those that are not in memory are loaded together. Blocks that another thread is loading, and those for which there is no frame unless
     * others give memory back, are passed over: who asks for them one by one waits for them, or gets the error.
     *
     * @param blocks at most {@link #mostTogether} of them count
     * @param pinned takes the frames, with the monitor
     * @throws io.vexel.base.VexelException the error of the first block that could not be loaded; the others are loaded all the same
     */
    void pinMany(long[] blocks, int count, Consumer<Frame> pinned) {
        List<Frame> missing = new ArrayList<>();
        synchronized (this) {
            for (int i = 0; i < count; i++) {
                Frame frame = mapped.get(blocks[i]);
                if (frame != null && frame.ready) {
                    pinned.accept(pinned(frame));
                } else if (frame == null) {
                    Frame spare = find(true);
                    if (spare != null) {
                        missing.add(pinned(map(spare, blocks[i])));
                    }
                }
            }
        }
        if (!missing.isEmpty()) {
            loadMany(missing, pinned);
        }
    }

    private void loadMany(List<Frame> frames, Consumer<Frame> pinned) {
        @Nullable RuntimeException[] failures = new RuntimeException[frames.size()];
        boolean ended = false;
        try {
            loader.loadMany(frames, failures);
            ended = true;
        } finally {
            synchronized (this) {
                for (int i = 0; i < failures.length; i++) {
                    RuntimeException failure = failures[i];
                    if (ended && failure == null) {
                        frames.get(i).ready = true;
                        pinned.accept(frames.get(i));
                    } else {
                        fail(
                                frames.get(i),
                                failure != null ? failure : new IllegalStateException("loading was broken off"));
                    }
                }
                notifyAll();
            }
        }
        for (RuntimeException failure : failures) {
            if (failure != null) {
                throw failure;
            }
        }
    }

    /** The frame if the block is in memory, pinned. */
    Optional<Frame> pinIfPresent(long block) {
        return isMapped(block) ? Optional.of(pin(block)) : Optional.empty();
    }

    /** A frame for a block whose contents the caller provides; pinned, zeroed, ready. The block must not be in memory. */
    Frame adopt(long block) {
        Frame spare = spare();
        spare.data.fill((byte) 0);
        synchronized (this) {
            Frame frame = pinned(map(spare, block));
            frame.ready = true;
            return frame;
        }
    }

    synchronized void unpin(Frame frame) {
        frame.pins--;
        if (frame.pins == 0 && !frame.mapped) {
            recycle(frame);
        }
    }

    /** A frame without a block that holds a copy of the bytes. */
    Frame copyOf(MemorySegment bytes) {
        Frame copy = spare();
        copy.data.copyFrom(bytes);
        synchronized (this) {
            copies++;
        }
        return copy;
    }

    /** Gives back a frame from {@link #copyOf}. */
    synchronized void release(Frame copy) {
        copies--;
        recycle(copy);
    }

    /** Sets or drops the copy that the running transaction undoes and diffs against. */
    synchronized void setBefore(Frame frame, @Nullable Frame before) {
        frame.before = before;
    }

    synchronized void setJournaled(Frame frame, boolean value) {
        if (frame.journaled != value) {
            frame.journaled = value;
            journaledFrames += value ? 1 : -1;
            checkpointWanted &= journaledFrames > 0;
        }
    }

    /** Forgets a block; its contents are gone. */
    synchronized void drop(long block) {
        Frame frame = mapped.remove(block);
        if (frame != null) {
            setJournaled(frame, false);
            frame.mapped = false;
            if (frame.pins == 0) {
                recycle(frame);
            }
        }
    }

    /** Whether the block's newest contents are in memory only or in the journal. */
    synchronized boolean isDirty(long block) {
        Frame frame = mapped.get(block);
        return frame != null && (frame.journaled || frame.before != null);
    }

    synchronized boolean isJournaled(long block) {
        Frame frame = mapped.get(block);
        return frame != null && frame.journaled;
    }

    /** Blocks whose committed contents are not at home. */
    synchronized List<Frame> journaled() {
        List<Frame> result = new ArrayList<>(journaledFrames);
        for (Frame frame : mapped.values()) {
            if (frame.journaled) {
                result.add(frame);
            }
        }
        return result;
    }

    synchronized int journaledFrames() {
        return journaledFrames;
    }

    /** How many frames a user may count on: as many as there may be at most, or as there are since memory was refused. */
    synchronized int attainableFrames() {
        return refused ? Math.max(held, sizes.least) : sizes.most;
    }

    /** Whether somebody was refused memory that a checkpoint would make free, or give to him. */
    synchronized boolean checkpointWanted() {
        return checkpointWanted;
    }

    /** Nobody may use the cache any more. Waits for shrinkers that run, which wait for nobody. */
    @Override
    public void close() {
        budget.removeShrinker(shrinker);
        synchronized (this) {
            closed = true;
            await(() -> shrinking == 0);
            mapped.clear();
            free.clear();
            memory.close();
        }
    }

    private Frame map(Frame frame, long block) {
        frame.reset(block);
        mapped.put(block, frame);
        return frame;
    }

    private void load(Frame frame) {
        try {
            loader.load(frame.block, frame.data);
        } catch (RuntimeException | Error e) {
            synchronized (this) {
                fail(frame, e instanceof RuntimeException failure ? failure : new IllegalStateException(e));
                notifyAll();
            }
            throw e;
        }
        synchronized (this) {
            frame.ready = true;
            notifyAll();
        }
    }

    /** The block of a frame that this thread has pinned cannot be loaded. */
    private void fail(Frame frame, RuntimeException failure) {
        mapped.remove(frame.block);
        frame.mapped = false;
        frame.failure = failure;
        unpin(frame);
    }

    private synchronized void awaitLoaded(Frame frame) {
        await(() -> frame.ready || frame.failure != null);
        RuntimeException failure = frame.failure;
        if (failure != null) {
            unpin(frame);
            throw failure;
        }
    }

    private synchronized void await(BooleanSupplier condition) {
        boolean interrupted = false;
        while (!condition.getAsBoolean()) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void recycle(Frame frame) {
        frame.reset(Frame.NONE);
        frame.idle = true;
        free.push(frame);
    }

    /** A frame with nothing in it, which only the caller has. */
    private Frame spare() {
        Frame found;
        synchronized (this) {
            found = find(false);
        }
        return found == null ? demand() : found;
    }

    /**
     * A free frame, after one was looked for; with the monitor.
     *
     * @param last whether it comes to eviction also when there are fewer frames than are left to the cache: others will not be asked for memory
     */
    private @Nullable Frame find(boolean last) {
        if (free.isEmpty() && held < sizes.usual && mayGrow()) {
            grow();
        }
        if (free.isEmpty() && (last || held >= sizes.least)) {
            evict();
        }
        if (free.isEmpty()) {
            grow();
        }
        return pollFree();
    }

    private boolean mayGrow() {
        return held < sizes.least || budget.availableForCaches() >= memory.unitBytes();
    }

    private @Nullable Frame pollFree() {
        Frame frame = free.poll();
        if (frame != null) {
            frame.idle = false;
        }
        return frame;
    }

    /** By memory that is free, several frames at once while there is plenty; others are not asked. */
    private void grow() {
        boolean plenty = budget.availableForCaches() >= PLENTY * UNITS_TOGETHER * memory.unitBytes();
        int frames = plenty ? Math.min(UNITS_TOGETHER, sizes.usual - held) : 1;
        List<FrameUnit> claimed = memory.claim(Math.max(1, frames));
        if (claimed.isEmpty()) {
            return;
        }
        if (memory.tryTake(claimed)) {
            claimed.forEach(this::add);
        } else {
            memory.putBack(claimed);
        }
    }

    private void add(FrameUnit unit) {
        unit.present = true;
        held += unit.frames.length;
        refused = false;
        for (Frame frame : unit.frames) {
            recycle(frame);
        }
    }

    /** A frame for which others are asked for memory; without the monitor. */
    private Frame demand() {
        Optional<FrameUnit> claimed;
        synchronized (this) {
            claimed = memory.claim();
        }
        long available = 0;
        if (claimed.isPresent()) {
            try {
                return take(claimed.get());
            } catch (CapacityException e) {
                available = Math.max(0, e.available());
            }
        }
        synchronized (this) {
            Frame found = find(true);
            if (found == null) {
                refused = true;
                checkpointWanted = journaledFrames > 0;
                throw new CapacityException("file system cache bytes", memory.unitBytes(), available);
            }
            return found;
        }
    }

    private Frame take(FrameUnit claimed) {
        boolean taken = false;
        try {
            memory.take(claimed);
            taken = true;
        } finally {
            if (!taken) {
                putBack(List.of(claimed));
            }
        }
        synchronized (this) {
            add(claimed);
            return Objects.requireNonNull(pollFree());
        }
    }

    private synchronized void putBack(List<FrameUnit> units) {
        memory.putBack(units);
    }

    /** Two rounds of the hand: the first takes away the second chances. */
    private void evict() {
        for (int left = 2 * held; left > 0; ) {
            Frame frame = nextFrame();
            if (frame.unit.present) {
                left--;
                if (frame.evictable() && !frame.forgetUse()) {
                    mapped.remove(frame.block);
                    recycle(frame);
                    return;
                }
            }
        }
    }

    /** Moves the hand on. There is at least one frame. */
    private Frame nextFrame() {
        List<FrameUnit> units = memory.units();
        if (++handFrame >= units.get(hand).frames.length) {
            handFrame = 0;
            hand = hand + 1 >= units.size() ? 0 : hand + 1;
        }
        return units.get(hand).frames[handFrame];
    }

    private FrameUnit nextUnit() {
        List<FrameUnit> units = memory.units();
        hand = hand + 1 >= units.size() ? 0 : hand + 1;
        handFrame = units.get(hand).frames.length - 1;
        return units.get(hand);
    }

    /** Bytes in frames that do not belong to the running transaction or the journal, beyond what is left to the cache; with the monitor. */
    private long reclaimableBytes() {
        int needed = Math.max(sizes.least, journaledFrames + copies);
        return closed ? 0 : (long) Math.max(0, held - needed) * blockSize;
    }

    private long giveBack(long bytes) {
        List<FrameUnit> leaving;
        synchronized (this) {
            long wanted = Math.ceilDiv(bytes, memory.unitBytes());
            leaving = withdraw(Math.min(wanted, reclaimableBytes() / memory.unitBytes()));
            long given = leaving.size() * memory.unitBytes();
            checkpointWanted |= given < bytes && journaledFrames > sizes.least / CHECKPOINT_SHARE;
            if (leaving.isEmpty()) {
                return 0;
            }
            shrinking++;
        }
        try {
            memory.discard(leaving);
        } finally {
            synchronized (this) {
                memory.putBack(leaving);
                shrinking--;
                notifyAll();
            }
        }
        return leaving.size() * memory.unitBytes();
    }

    /** Takes units out of the cache, first such as hold nothing, then by CLOCK as {@link #evict} does. */
    private List<FrameUnit> withdraw(long count) {
        List<FrameUnit> leaving = new ArrayList<>();
        for (Frame frame : free) {
            if (leaving.size() < count && frame.unit.isIdle()) {
                frame.unit.present = false;
                leaving.add(frame.unit);
            }
        }
        int units = memory.units().size();
        for (int left = 2 * units; left > 0 && leaving.size() < count; left--) {
            FrameUnit unit = nextUnit();
            if (unit.mayLeave() && !unit.forgetUse()) {
                unit.present = false;
                leaving.add(unit);
            }
        }
        boolean idle = false;
        for (FrameUnit unit : leaving) {
            held -= unit.frames.length;
            for (Frame frame : unit.frames) {
                idle |= frame.idle;
                frame.idle = false;
                if (frame.mapped) {
                    mapped.remove(frame.block);
                }
                frame.reset(Frame.NONE);
            }
        }
        if (idle) {
            free.removeIf(frame -> !frame.unit.present);
        }
        return leaving;
    }

    /** Gives back frames whose blocks can be read again. */
    private final class CleanFrames implements Shrinker {

        @Override
        public String name() {
            return NAME;
        }

        @Override
        public long reclaimableBytes() {
            synchronized (BlockCache.this) {
                return BlockCache.this.reclaimableBytes();
            }
        }

        @Override
        public long shrink(long bytes) {
            return giveBack(bytes);
        }
    }
}
