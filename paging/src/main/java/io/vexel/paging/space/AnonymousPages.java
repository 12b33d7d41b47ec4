package io.vexel.paging.space;

import io.vexel.base.CapacityException;
import io.vexel.memory.MemoryBudget;
import io.vexel.paging.replacement.AccessHint;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Pages that belong to address spaces and to no file. Each has a number, its id, and a count of the leaves of page directories that name it; id
 * 0 is the page of zeros, which is always in memory and never written to. With the pager's lock held where nothing else is said.
 *
 * <p>Invariants: an id whose count is 0 is free, or in transit and freed by whoever has it so. A page in a frame that is not dirty is in the
 * store as well, at {@code storedAt[frame]}.
 */
final class AnonymousPages extends PageObject {

    /** The page of zeros. */
    static final int ZERO = 0;

    private static final int STEP = 8192;
    private static final int HEAP_BYTES = 2 * Integer.BYTES;
    private static final int MAX_IDS = 1 << 28;

    private final FramePool pool;
    private final MemoryBudget budget;
    private final StoredPages stored;
    private final long[] storedAt;
    private int[] references = {};
    private int[] free = {};
    private int freeCount;
    private int used;

    AnonymousPages(FramePool pool, MemoryBudget budget, StoredPages stored) {
        super(0, new PageTable(budget, MAX_IDS));
        this.pool = pool;
        this.budget = budget;
        this.stored = stored;
        storedAt = new long[pool.mostFrames()];
        Arrays.fill(storedAt, StoredPages.NOWHERE);
    }

    /** Makes the page of zeros, before anything else. */
    void makeZero() {
        int id = allocate();
        if (id != ZERO || !pool.tryFree(key(id))) {
            throw new CapacityException("page frames", 1, 0);
        }
        int frame = pool.take(this, id);
        pool.segment(frame).fill((byte) 0);
        pool.settleForever(frame);
    }

    /** Pages there are, that of zeros not among them. */
    int count() {
        return used - freeCount - 1;
    }

    /** A new id with one reference, and no page yet. */
    int allocate() {
        if (freeCount == 0 && used == references.length) {
            growIds();
        }
        int id = freeCount > 0 ? free[--freeCount] : used++;
        references[id] = 1;
        return id;
    }

    private void growIds() {
        int more = Math.max(STEP, references.length / 2);
        long bytes = (long) more * HEAP_BYTES;
        if (!budget.tryReserve(PageDirectory.OWNER, bytes)) {
            throw new CapacityException("memory budget bytes for page tables", bytes, budget.availableBytes());
        }
        try {
            table().ensure(references.length + more);
        } catch (CapacityException e) {
            budget.release(PageDirectory.OWNER, bytes);
            throw e;
        }
        references = Arrays.copyOf(references, references.length + more);
        free = Arrays.copyOf(free, references.length);
    }

    void addReference(int id) {
        references[id]++;
    }

    boolean isShared(int id) {
        return references[id] > 1;
    }

    /** One reference less; with the last one the page is gone. Nobody writes to it now. */
    void release(int id) {
        if (--references[id] > 0) {
            return;
        }
        long entry = table().get(id);
        if (PageEntry.inFrame(entry)) {
            int frame = PageEntry.frame(entry);
            if (!pool.isBusy(frame)) {
                dropped(id, frame);
                pool.drop(frame);
            }
        } else if (PageEntry.state(entry) == PageEntry.STORED) {
            dropped(id, FramePool.NONE);
        }
    }

    @Override
    boolean isDropped(int id) {
        return references[id] == 0;
    }

    @Override
    void dropped(int id, int frame) {
        if (frame != FramePool.NONE) {
            forgetStored(frame);
        } else {
            long entry = table().get(id);
            if (PageEntry.state(entry) == PageEntry.STORED) {
                stored.free(PageEntry.place(entry));
            }
        }
        table().set(id, PageEntry.away(PageEntry.HOME, 0));
        free[freeCount++] = id;
    }

    /** The page in a frame is going to change: what is stored of it is no use any more. */
    void forgetStored(int frame) {
        if (storedAt[frame] != StoredPages.NOWHERE) {
            stored.free(storedAt[frame]);
            storedAt[frame] = StoredPages.NOWHERE;
        }
    }

    @Override
    long entryAway(int id, int frame) {
        long place = storedAt[frame];
        storedAt[frame] = StoredPages.NOWHERE;
        return PageEntry.away(PageEntry.STORED, place);
    }

    @Override
    long writeOut(int id, MemorySegment bytes) {
        return stored.store(id, bytes);
    }

    @Override
    void wroteOut(int id, int frame, long where) {
        storedAt[frame] = where;
    }

    /** Gives the lock up meanwhile: brings a page in and gives its entry, which may be out of date when it was given up. */
    long present(int id, AccessHint hint) {
        while (true) {
            long entry = table().get(id);
            switch (PageEntry.state(entry)) {
                case PageEntry.RESIDENT -> {
                    pool.touched(PageEntry.frame(entry));
                    return entry;
                }
                case PageEntry.AHEAD -> pool.askedFor(PageEntry.frame(entry));
                case PageEntry.IN_TRANSIT, PageEntry.WRITING -> pool.await();
                case PageEntry.STORED -> {
                    if (pool.hasFree()) {
                        load(id, entry, hint);
                    } else {
                        pool.makeFree(key(id), FramePool.NONE);
                    }
                }
                // Freed while the lock was given up: whoever asked looks again.
                default -> {
                    return entry;
                }
            }
        }
    }

    private void load(int id, long entry, AccessHint hint) {
        pool.counts.major++;
        pool.counts.refaults++;
        int frame = pool.take(this, id);
        long place = PageEntry.place(entry);
        boolean there = false;
        pool.unlock();
        try {
            stored.load(place, id, pool.segment(frame));
            there = true;
        } finally {
            pool.lock();
            if (there) {
                storedAt[frame] = place;
                pool.settle(frame, hint);
            } else {
                pool.counts.failedReads++;
                pool.abandon(frame, entry);
            }
        }
    }

    /** Gives all memory back. */
    void close() {
        table().close();
        budget.release(PageDirectory.OWNER, (long) references.length * HEAP_BYTES);
        references = new int[0];
    }
}
