package io.vexel.filesystem;

import io.vexel.base.CapacityException;
import io.vexel.base.VexelException;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Blocks in memory, in frames cut from regions of the budget.
 *
 * <p>A frame that is pinned, changed by the running transaction, or not yet checkpointed stays; others are evicted by CLOCK once
 * {@code softFrames} are in use. Up to {@code maxFrames} are taken when everything else is in use. Loading happens outside the
 * monitor: other threads that want the block wait for it.
 */
final class BlockCache implements AutoCloseable {

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

    private static final String OWNER = "filesystem cache";
    private static final long SLAB_BYTES = 1 << 20;
    private static final int MOST_TOGETHER = 64;
    private static final int SHARE_TOGETHER = 32;

    private final int blockSize;
    private final MemoryBudget budget;
    private final Loader loader;
    private final int softFrames;
    private final int maxFrames;
    private final Map<Long, Frame> mapped = new HashMap<>();
    private final ArrayDeque<Frame> free = new ArrayDeque<>();
    private final List<Frame> all = new ArrayList<>();
    private final List<Region> slabs = new ArrayList<>();
    private int hand;
    private int journaledFrames;

    BlockCache(int blockSize, MemoryBudget budget, Loader loader, int softFrames, int maxFrames) {
        this.blockSize = blockSize;
        this.budget = budget;
        this.loader = loader;
        this.softFrames = softFrames;
        this.maxFrames = maxFrames;
    }

    /** The loaded frame of the block, pinned. */
    Frame pin(long block) {
        Frame frame;
        boolean mine = false;
        synchronized (this) {
            frame = mapped.get(block);
            if (frame == null) {
                frame = map(block);
                mine = true;
            }
            frame.pins++;
            frame.referenced = true;
            if (frame.ready) {
                return frame;
            }
        }
        if (mine) {
            load(frame);
        } else {
            awaitLoaded(frame);
        }
        return frame;
    }

    /** Most blocks that are loaded together: few enough that other threads find frames, too. */
    int mostTogether() {
        return Math.clamp(maxFrames / SHARE_TOGETHER, 1, MOST_TOGETHER);
    }

    /**
     * Pins blocks; those that are not in memory are loaded together. Blocks that another thread is loading, and those for which there is no frame, are
     * passed over: who asks for them one by one waits for them, or gets the error.
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
                    frame.pins++;
                    frame.referenced = true;
                    pinned.accept(frame);
                } else if (frame == null && mayTake()) {
                    frame = map(blocks[i]);
                    frame.pins++;
                    frame.referenced = true;
                    missing.add(frame);
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
        synchronized (this) {
            if (!mapped.containsKey(block)) {
                return Optional.empty();
            }
        }
        return Optional.of(pin(block));
    }

    /** A frame for a block whose contents the caller provides; pinned, zeroed, ready. The block must not be in memory. */
    synchronized Frame adopt(long block) {
        Frame frame = map(block);
        frame.pins = 1;
        frame.data.fill((byte) 0);
        frame.ready = true;
        return frame;
    }

    synchronized void unpin(Frame frame) {
        frame.pins--;
        if (frame.pins == 0 && !frame.mapped) {
            recycle(frame);
        }
    }

    /** A frame without a block that holds a copy of the bytes. */
    Frame copyOf(MemorySegment bytes) {
        Frame copy;
        synchronized (this) {
            copy = take();
            copy.reset(Frame.NONE);
        }
        copy.data.copyFrom(bytes);
        return copy;
    }

    /** Gives back a frame from {@link #copyOf}. */
    synchronized void release(Frame copy) {
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

    int maxFrames() {
        return maxFrames;
    }

    @Override
    public synchronized void close() {
        mapped.clear();
        free.clear();
        all.clear();
        slabs.forEach(Region::close);
        slabs.clear();
    }

    private Frame map(long block) {
        Frame frame = take();
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
        boolean interrupted = false;
        while (!frame.ready && frame.failure == null) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        RuntimeException failure = frame.failure;
        if (failure != null) {
            unpin(frame);
            throw failure;
        }
    }

    private void recycle(Frame frame) {
        frame.reset(Frame.NONE);
        free.push(frame);
    }

    private Frame take() {
        if (!mayTake()) {
            throw new CapacityException(
                    "file system cache bytes", (long) blockSize, Math.max(0, budget.availableBytes()));
        }
        return free.pop();
    }

    /** Whether a frame is free, after one was looked for. */
    private boolean mayTake() {
        if (free.isEmpty() && all.size() < softFrames) {
            grow();
        }
        if (free.isEmpty()) {
            evict();
        }
        if (free.isEmpty() && all.size() < maxFrames) {
            grow();
        }
        return !free.isEmpty();
    }

    private void grow() {
        long room = (long) (maxFrames - all.size()) * blockSize;
        long bytes = Math.min(room, Math.max(SLAB_BYTES, blockSize));
        Region slab;
        try {
            slab = Region.allocate(budget, OWNER, bytes);
        } catch (CapacityException e) {
            return; // eviction may still find room; take() reports it otherwise
        }
        slabs.add(slab);
        for (long at = 0; at + blockSize <= bytes; at += blockSize) {
            Frame frame = new Frame(slab.segment().asSlice(at, blockSize));
            all.add(frame);
            free.push(frame);
        }
    }

    /** Two rounds of the hand: the first takes away the second chances. */
    private void evict() {
        for (int steps = 2 * all.size(); steps > 0; steps--) {
            hand = hand + 1 >= all.size() ? 0 : hand + 1;
            Frame frame = all.get(hand);
            if (!frame.evictable()) {
                continue;
            }
            if (frame.referenced) {
                frame.referenced = false;
            } else {
                mapped.remove(frame.block);
                recycle(frame);
                return;
            }
        }
    }
}
