package io.vexel.paging.space;

import io.vexel.base.CapacityException;
import io.vexel.base.VexelException;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Shrinker;
import io.vexel.paging.replacement.AccessHint;
import io.vexel.paging.replacement.FrameFilter;
import io.vexel.paging.replacement.ReplacementPolicy;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The frames, which pages are in them, and how one becomes free: the next extent if the budget has room, otherwise the page that the policy
 * names leaves, written out before if it has to be.
 *
 * <p>Methods are called with the {@linkplain #lock lock} held where nothing else is said; some give it up meanwhile, and say so.
 *
 * <p>Invariants: a frame is free, or in transit (its page's entry says so), or holds a page whose entry names it. The policy knows of the frames
 * that hold a page, save those that are busy because their page is being written out in order to leave. {@code inTransit} counts frames that
 * are in transit or busy.
 */
final class FramePool implements AutoCloseable {

    static final int NONE = ReplacementPolicy.NONE;

    private static final int BOOKKEEPING_BYTES = 86;
    private static final String BOOKKEEPING = "frame table";

    /** How long somebody who is short of memory waits for the lock. */
    private static final long LOCK_NANOS = 10_000_000;

    /** What is in the frame has to be written out before the page may leave. */
    private static final byte DIRTY = 1;

    /** The frame is being written out; nobody may write into it. */
    private static final byte BUSY = 2;

    /** Nobody asked for the page yet. */
    private static final byte AHEAD = 4;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    final Counts counts = new Counts();
    private final MemoryBudget budget;
    private final FrameMemory memory;
    private final ReplacementPolicy policy;
    private final Shrinker shrinker = new CleanExtents();
    private final FrameFilter filter = this::mayLeave;
    private final @Nullable PageObject[] objectOf;
    private final int[] pageOf;
    private final int[] versions;
    private final int[] pins;
    private final byte[] flags;
    private final int[] free;
    private final int pageBytes;
    private int freeCount;
    private int inTransit;
    private int dirtyFilePages;
    private int dirtyHand;
    /** For the filter. */
    private int kept = NONE;

    private boolean cleanOnly;
    private boolean closed;

    /** What was counted. */
    static final class Counts {
        long minor;
        long major;
        long cow;
        long compressed;
        long evictions;
        long refaults;
        long ahead;
        long aheadHits;
        long aheadWasted;
        long writtenOut;
        long spilled;
        long failedWrites;
        long failedReads;
        long throttled;
        long refused;
    }

    FramePool(MemoryBudget budget, PagerOptions options, FrameMemory memory) {
        this.budget = budget;
        this.memory = memory;
        pageBytes = options.pageBytes();
        int frames = options.mostFrames();
        budget.reserve(BOOKKEEPING, (long) frames * BOOKKEEPING_BYTES);
        policy = options.policy().create(frames);
        objectOf = new PageObject[frames];
        pageOf = new int[frames];
        versions = new int[frames];
        pins = new int[frames];
        flags = new byte[frames];
        free = new int[frames];
        budget.addShrinker(shrinker);
    }

    void lock() {
        lock.lock();
    }

    void unlock() {
        lock.unlock();
    }

    int pageBytes() {
        return pageBytes;
    }

    int mostFrames() {
        return free.length;
    }

    /** Frames that have memory. */
    int heldFrames() {
        return (int) (memory.heldBytes() / memory.extentBytes()) * memory.framesPerExtent();
    }

    int usedFrames() {
        return heldFrames() - freeCount;
    }

    int dirtyFilePages() {
        return dirtyFilePages;
    }

    long heldBytes() {
        return memory.heldBytes();
    }

    FrameMemory memory() {
        return memory;
    }

    ReplacementPolicy policy() {
        return policy;
    }

    /** Without the lock. */
    long address(int frame) {
        return memory.address(frame);
    }

    /** Without the lock, of a frame that does not change hands meanwhile. */
    MemorySegment segment(int frame) {
        return memory.segment(frame);
    }

    /** Without the lock. */
    void touched(int frame) {
        policy.touched(frame);
    }

    /** Waits until something changed that somebody may wait for, or for no reason: callers look again. Gives the lock up. */
    @SuppressWarnings("WaitNotInLoop")
    void await() {
        changed.awaitUninterruptibly();
    }

    /** Lets those who wait look again. */
    void wake() {
        signal();
    }

    private void signal() {
        changed.signalAll();
    }

    boolean hasFree() {
        return freeCount > 0;
    }

    /** Tries to have a free frame at once: by an extent more, or in the place of a clean page. */
    boolean tryFree(long incoming) {
        if (freeCount > 0 || grow()) {
            return true;
        }
        int victim = victim(incoming, NONE, true);
        if (victim == NONE) {
            return false;
        }
        leave(victim);
        return true;
    }

    /**
     * Sees to it that a frame becomes free. Gives the lock up, perhaps, so that what the caller knew may have changed, and the frame may be gone
     * again.
     *
     * @param incoming key of the page that wants it
     * @param keep a frame that must not lose its page, or {@link #NONE}
     * @throws CapacityException when all frames are pinned
     */
    void makeFree(long incoming, int keep) {
        if (freeCount > 0 || grow()) {
            return;
        }
        VexelException failure = null;
        while (true) {
            int victim = victim(incoming, keep, failure != null);
            if (victim == NONE && inTransit > 0) {
                await();
                return;
            }
            // All frames are in use, so this is more than a cache.
            if (victim == NONE && grow(budget.availableBytes())) {
                return;
            }
            if (victim == NONE) {
                counts.refused++;
                throw failure != null ? failure : new CapacityException("page frames", 1, 0);
            }
            if ((flags[victim] & DIRTY) == 0) {
                leave(victim);
                return;
            }
            try {
                writeOutAndLeave(victim);
                return;
            } catch (VexelException e) {
                // The page stays; one that needs no writing may leave in its stead.
                failure = e;
            }
        }
    }

    private int victim(long incoming, int keep, boolean clean) {
        kept = keep;
        cleanOnly = clean;
        return policy.evict(incoming, filter);
    }

    private boolean mayLeave(int frame) {
        int unwanted = cleanOnly ? BUSY | DIRTY | AHEAD : BUSY;
        return pins[frame] == 0 && frame != kept && (flags[frame] & unwanted) == 0;
    }

    /** Grows as caches may. */
    private boolean grow() {
        return grow(budget.availableForCaches());
    }

    private boolean grow(long availableBytes) {
        int extent = memory.take(availableBytes);
        if (extent < 0) {
            return false;
        }
        int perExtent = memory.framesPerExtent();
        for (int i = perExtent - 1; i >= 0; i--) {
            free[freeCount++] = extent * perExtent + i;
        }
        return true;
    }

    /** A page that is clean, and that the policy has forgotten, leaves its frame. */
    private void leave(int frame) {
        PageObject object = object(frame);
        int page = pageOf[frame];
        object.table().set(page, object.entryAway(page, frame));
        counts.evictions++;
        if ((flags[frame] & AHEAD) != 0) {
            counts.aheadWasted++;
        }
        giveUp(frame);
    }

    private void giveUp(int frame) {
        setClean(frame);
        objectOf[frame] = null;
        flags[frame] = 0;
        free[freeCount++] = frame;
        signal();
    }

    /** Writes out a page that the policy has forgotten, and lets it leave unless somebody wants it again. Gives the lock up. */
    private void writeOutAndLeave(int frame) {
        PageObject object = object(frame);
        int page = pageOf[frame];
        setBusy(frame);
        unlock();
        long where = 0;
        boolean written = false;
        try {
            where = object.writeOut(page, segment(frame));
            written = true;
        } finally {
            lock();
            wroteOut(frame, written);
            if (written) {
                object.wroteOut(page, frame, where);
            }
            if (object.isDropped(page)) {
                object.dropped(page, frame);
                giveUp(frame);
            } else if (written && pins[frame] == 0) {
                leave(frame);
            } else {
                policy.loaded(frame, object.key(page), AccessHint.DEMAND);
            }
        }
    }

    private PageObject object(int frame) {
        PageObject object = objectOf[frame];
        if (object == null) {
            throw new AssertionError("frame " + frame + " holds no page");
        }
        return object;
    }

    /** Takes a free frame for a page, which is in transit from now on. */
    int take(PageObject object, int page) {
        int frame = free[--freeCount];
        objectOf[frame] = object;
        pageOf[frame] = page;
        inTransit++;
        object.table().set(page, PageEntry.of(PageEntry.IN_TRANSIT, versions[frame], frame));
        return frame;
    }

    /** The page of a frame in transit is there. Gives its entry. */
    long settle(int frame, AccessHint hint) {
        return settle(frame, hint, PageEntry.RESIDENT);
    }

    /** The page of a frame in transit is there, and nobody has asked for it. */
    void settleAhead(int frame, AccessHint hint) {
        flags[frame] |= AHEAD;
        settle(frame, hint, PageEntry.AHEAD);
    }

    private long settle(int frame, AccessHint hint, int state) {
        inTransit--;
        PageObject object = object(frame);
        int page = pageOf[frame];
        if (object.isDropped(page)) {
            object.dropped(page, frame);
            giveUp(frame);
            return object.table().get(page);
        }
        policy.loaded(frame, object.key(page), hint);
        long entry = publish(frame, state);
        signal();
        return entry;
    }

    /** Somebody asked for a page that was read ahead. Gives its entry. */
    long askedFor(int frame) {
        flags[frame] &= ~AHEAD;
        counts.aheadHits++;
        return publish(frame, PageEntry.RESIDENT);
    }

    /** The frame in transit is for its page, and the thread writes into it: see {@link #beginWrite}. What is in it is undefined. */
    void settleWriting(int frame) {
        inTransit--;
        policy.loaded(frame, object(frame).key(pageOf[frame]), AccessHint.DEMAND);
        pins[frame]++;
        publish(frame, PageEntry.WRITING);
        signal();
    }

    /** The page of a frame in transit is there and never leaves. */
    void settleForever(int frame) {
        inTransit--;
        pins[frame]++;
        publish(frame, PageEntry.RESIDENT);
    }

    private long publish(int frame, int state) {
        versions[frame]++;
        long entry = PageEntry.of(state, versions[frame], frame);
        object(frame).table().set(pageOf[frame], entry);
        return entry;
    }

    /** The page of a frame in transit did not come: it is where it was. */
    void abandon(int frame, long entryBefore) {
        inTransit--;
        PageObject object = object(frame);
        int page = pageOf[frame];
        if (object.isDropped(page)) {
            object.table().set(page, entryBefore);
            object.dropped(page, NONE);
        } else {
            object.table().set(page, entryBefore);
        }
        giveUp(frame);
    }

    /** A page in no frame is on its way from one place to another. */
    void beginMove() {
        inTransit++;
    }

    void endMove() {
        inTransit--;
        signal();
    }

    /** Nobody needs the page in a frame any more; false when it is being written out, after which it is dropped. */
    boolean drop(int frame) {
        if ((flags[frame] & BUSY) != 0) {
            return false;
        }
        policy.removed(frame);
        giveUp(frame);
        return true;
    }

    void pin(int frame) {
        pins[frame]++;
    }

    void unpin(int frame) {
        pins[frame]--;
        signal();
    }

    /** Whether a thread may begin to write into a frame that holds a page: nobody writes into it, copies it or writes it out. */
    boolean mayWriteInto(int frame) {
        return pins[frame] == 0 && (flags[frame] & BUSY) == 0;
    }

    boolean isBusy(int frame) {
        return (flags[frame] & BUSY) != 0;
    }

    boolean isDirty(int frame) {
        return (flags[frame] & DIRTY) != 0;
    }

    boolean isPinned(int frame) {
        return pins[frame] > 0;
    }

    /** Frames that are pinned, in words; that of the page of zeros always is, and is not among them. */
    List<String> pinned() {
        return IntStream.range(0, pins.length)
                .filter(frame -> pins[frame] != rightfulPins(frame))
                .mapToObj(frame -> describe(frame) + " pinned " + (pins[frame] - rightfulPins(frame)) + " times")
                .toList();
    }

    /** Lets go of all pins, which nobody is left to do, so that who waits for them does not wait for ever. */
    void dropPins() {
        Arrays.setAll(pins, this::rightfulPins);
        signal();
    }

    private int rightfulPins(int frame) {
        return objectOf[frame] instanceof AnonymousPages && pageOf[frame] == AnonymousPages.ZERO ? 1 : 0;
    }

    private String describe(int frame) {
        PageObject object = objectOf[frame];
        String page = object == null ? "no page" : "page " + pageOf[frame];
        return "frame " + frame + " with " + page
                + (object instanceof PagedFile file ? " of " + file.source().name() : "");
    }

    /** From now on a thread writes into the frame, and nobody reads it. The frame is neither busy nor written to. */
    void beginWrite(int frame) {
        pins[frame]++;
        if ((flags[frame] & AHEAD) != 0) {
            flags[frame] &= ~AHEAD;
            counts.aheadHits++;
        }
        publish(frame, PageEntry.WRITING);
    }

    void endWrite(int frame) {
        setDirty(frame);
        pins[frame]--;
        publish(frame, PageEntry.RESIDENT);
        policy.touched(frame);
        signal();
    }

    private void setDirty(int frame) {
        if ((flags[frame] & DIRTY) == 0) {
            flags[frame] |= DIRTY;
            if (objectOf[frame] instanceof PagedFile) {
                dirtyFilePages++;
            }
        }
    }

    /** The page in a frame is nowhere else: it has to be written out although nobody wrote to it. */
    void setOnlyCopy(int frame) {
        setDirty(frame);
    }

    private void setClean(int frame) {
        if ((flags[frame] & DIRTY) != 0) {
            flags[frame] &= ~DIRTY;
            if (objectOf[frame] instanceof PagedFile) {
                dirtyFilePages--;
            }
        }
    }

    /** The frame is written out from now on, and its page stays. */
    void setBusy(int frame) {
        flags[frame] |= BUSY;
        inTransit++;
    }

    /** A busy frame was written out, or could not be. */
    void wroteOut(int frame, boolean written) {
        flags[frame] &= ~BUSY;
        inTransit--;
        if (written) {
            counts.writtenOut++;
            setClean(frame);
        } else {
            counts.failedWrites++;
        }
        signal();
    }

    /** The next frame with a page of a file that has to be written out and can be, or {@link #NONE}. */
    int nextDirty() {
        for (int i = 0; i < free.length; i++) {
            int frame = dirtyHand;
            dirtyHand = dirtyHand + 1 == free.length ? 0 : dirtyHand + 1;
            if (isDirty(frame) && objectOf[frame] instanceof PagedFile && mayWriteOut(frame)) {
                return frame;
            }
        }
        return NONE;
    }

    /** Whether a dirty page may be written out now. */
    boolean mayWriteOut(int frame) {
        return isDirty(frame) && (flags[frame] & BUSY) == 0 && pins[frame] == 0;
    }

    @Nullable
    PageObject objectIn(int frame) {
        return objectOf[frame];
    }

    int pageIn(int frame) {
        return pageOf[frame];
    }

    /** Gives all memory back; nobody reads or writes any more. */
    @Override
    public void close() {
        budget.removeShrinker(shrinker);
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                memory.close();
                budget.release(BOOKKEEPING, (long) free.length * BOOKKEEPING_BYTES);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Gives extents back whose pages need not be written out. The first one stays: the zero page is in it. */
    private final class CleanExtents implements Shrinker {

        @Override
        public String name() {
            return "page frames";
        }

        @Override
        public long reclaimableBytes() {
            return Math.max(0, memory.heldBytes() - memory.extentBytes());
        }

        @Override
        public long shrink(long bytes) {
            // Somebody who grows the pool, or waits for memory while he has its lock, must not be asked for it.
            if (lock.isHeldByCurrentThread() || !lockSoon()) {
                return 0;
            }
            try {
                long given = 0;
                for (int extent = memory.extents() - 1; extent > 0 && given < bytes && !closed; extent--) {
                    if (memory.isHeld(extent) && mayGive(extent)) {
                        give(extent);
                        given += memory.extentBytes();
                    }
                }
                return given;
            } finally {
                lock.unlock();
            }
        }

        /** The lock is never held for long, so who is refused it only because others fault would fail for no reason. */
        private boolean lockSoon() {
            try {
                return lock.tryLock(LOCK_NANOS, TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return lock.tryLock();
            }
        }

        private boolean mayGive(int extent) {
            int first = extent * memory.framesPerExtent();
            for (int frame = first; frame < first + memory.framesPerExtent(); frame++) {
                PageObject object = objectOf[frame];
                if (object != null
                        && (pins[frame] > 0
                                || (flags[frame] & (BUSY | DIRTY)) != 0
                                || !PageEntry.inFrame(object.table().get(pageOf[frame])))) {
                    return false;
                }
            }
            return true;
        }

        private void give(int extent) {
            int first = extent * memory.framesPerExtent();
            for (int frame = first; frame < first + memory.framesPerExtent(); frame++) {
                if (objectOf[frame] != null) {
                    policy.removed(frame);
                    leave(frame);
                }
            }
            int left = 0;
            for (int i = 0; i < freeCount; i++) {
                if (memory.extentOf(free[i]) != extent) {
                    free[left++] = free[i];
                }
            }
            freeCount = left;
            memory.giveBack(extent);
        }
    }
}
