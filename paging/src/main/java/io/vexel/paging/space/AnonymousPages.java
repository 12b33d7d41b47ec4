package io.vexel.paging.space;

import io.vexel.base.CapacityException;
import io.vexel.base.VexelException;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import io.vexel.paging.compression.PageClass;
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
    private static final int HEAP_BYTES = 2 * Integer.BYTES + 1;
    /** Compressed pages that go to swap together when there is no room for another. */
    private static final int SPILLED_AT_ONCE = 8;

    private static final int KEPT_FREED_AT_ONCE = 64;
    private static final int MAX_IDS = 1 << 28;

    private final FramePool pool;
    private final MemoryBudget budget;
    private final StoredPages stored;
    private final Lanes lanes;
    private final Streams streams;
    private final long[] storedAt;
    private byte[] kinds = {};
    private int[] references = {};
    private int[] free = {};
    private int freeCount;
    private int used;

    AnonymousPages(FramePool pool, MemoryBudget budget, StoredPages stored, Lanes lanes, int aheadPages) {
        super(0, new PageTable(budget, MAX_IDS));
        this.pool = pool;
        this.budget = budget;
        this.stored = stored;
        this.lanes = lanes;
        streams = new Streams(aheadPages);
        storedAt = new long[pool.mostFrames()];
        Arrays.fill(storedAt, StoredPages.NOWHERE);
    }

    /** Makes the page of zeros, before anything else. */
    void makeZero() {
        int id = allocate(PageClass.BYTES);
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
    int allocate(PageClass kind) {
        if (freeCount == 0 && used == references.length) {
            growIds();
        }
        int id = freeCount > 0 ? free[--freeCount] : used++;
        references[id] = 1;
        kinds[id] = kind.number();
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
        kinds = Arrays.copyOf(kinds, references.length);
    }

    void addReference(int id) {
        references[id]++;
    }

    boolean isShared(int id) {
        return references[id] > 1;
    }

    /** One reference less; with the last one the page is gone. Nobody writes to a page whose last reference goes. */
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
        // The kind was set with the lock held, before the page was ever in a frame.
        PageClass kind = PageClass.of(kinds[id]);
        long place = stored.tryCompress(id, kind, bytes);
        if (place == StoredPages.FULL && stored.hasSwap() && spill()) {
            place = stored.tryCompress(id, kind, bytes);
        }
        if (place >= 0) {
            return place;
        }
        try {
            return stored.swapOut(id, bytes);
        } catch (CapacityException e) {
            if (!freeKeptSlots()) {
                throw e;
            }
            return stored.swapOut(id, bytes);
        }
    }

    /** Without the lock: lets the pages that have been compressed longest go on to swap; false when none could. */
    private boolean spill() {
        int spilled = 0;
        Region lane = lanes.take();
        try {
            MemorySegment buffer = Lanes.pages(lane, 1, pool.pageBytes());
            while (spilled < SPILLED_AT_ONCE && spillOldest(buffer)) {
                spilled++;
            }
        } finally {
            lanes.giveBack(lane);
        }
        return spilled > 0;
    }

    private boolean spillOldest(MemorySegment buffer) {
        long place;
        int id;
        pool.lock();
        try {
            place = stored.oldestCompressed();
            if (place == StoredPages.NOWHERE) {
                return false;
            }
            id = stored.owner(place);
            long entry = table().get(id);
            if (entry != PageEntry.away(PageEntry.STORED, place)) {
                // Somebody is about to take it, or to give it up.
                stored.renew(place);
                return false;
            }
            table().set(id, PageEntry.away(PageEntry.IN_TRANSIT, 0));
            pool.beginMove();
        } finally {
            pool.unlock();
        }
        return move(id, place, buffer);
    }

    /** Without the lock: moves a compressed page in transit to swap. Leaves it where it was when that fails. */
    private boolean move(int id, long place, MemorySegment buffer) {
        long to = StoredPages.NOWHERE;
        try {
            stored.load(place, id, buffer);
            to = stored.swapOut(id, buffer);
        } catch (VexelException e) {
            // The page that needs the room is told that there is none.
        } finally {
            pool.lock();
            try {
                boolean moved = to != StoredPages.NOWHERE;
                table().set(id, PageEntry.away(PageEntry.STORED, moved ? to : place));
                if (moved) {
                    stored.free(place);
                    pool.counts.spilled++;
                } else {
                    pool.counts.failedWrites++;
                }
                pool.endMove();
                if (isDropped(id)) {
                    dropped(id, FramePool.NONE);
                }
            } finally {
                pool.unlock();
            }
        }
        return to != StoredPages.NOWHERE;
    }

    /** Without the lock: gives up slots of swap whose pages are in memory, too; false when there are none. */
    private boolean freeKeptSlots() {
        pool.lock();
        try {
            int freed = 0;
            for (int frame = 0; frame < storedAt.length && freed < KEPT_FREED_AT_ONCE; frame++) {
                if (storedAt[frame] != StoredPages.NOWHERE && !pool.isBusy(frame)) {
                    forgetStored(frame);
                    pool.setOnlyCopy(frame);
                    freed++;
                }
            }
            return freed > 0;
        } finally {
            pool.unlock();
        }
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
        long place = PageEntry.place(entry);
        pool.counts.refaults++;
        int ahead = 0;
        if (StoredPages.isCompressed(place)) {
            pool.counts.compressed++;
        } else {
            pool.counts.major++;
            ahead = streams.ahead(place);
            streams.readTo(place + 1 + ahead);
        }
        int frame = pool.take(this, id);
        boolean there = false;
        pool.unlock();
        try {
            if (ahead == 0) {
                stored.load(place, id, pool.segment(frame));
            } else {
                stored.loadAhead(place, id, pool.segment(frame), ahead, this::takeAhead);
            }
            there = true;
        } finally {
            pool.lock();
            if (there) {
                keepOrFree(frame, place);
                pool.settle(frame, hint);
            } else {
                pool.counts.failedReads++;
                pool.abandon(frame, entry);
            }
        }
    }

    /** A slot of swap is kept while its page is not written to, so that it need not be written again; compressed pages take memory. */
    private void keepOrFree(int frame, long place) {
        if (StoredPages.isCompressed(place)) {
            stored.free(place);
            pool.setOnlyCopy(frame);
        } else {
            storedAt[frame] = place;
        }
    }

    /** Without the lock: puts a page that was read ahead into a frame, if one is to be had at once. */
    private void takeAhead(long slot, long page, MemorySegment bytes) {
        int id = (int) page;
        long place = StoredPages.placeOf(slot);
        pool.lock();
        try {
            if (table().get(id) != PageEntry.away(PageEntry.STORED, place) || !pool.tryFree(key(id))) {
                return;
            }
            int frame = pool.take(this, id);
            pool.unlock();
            MemorySegment.copy(bytes, 0, pool.segment(frame), 0, pool.pageBytes());
            pool.lock();
            storedAt[frame] = place;
            pool.counts.ahead++;
            pool.settleAhead(frame, AccessHint.DEMAND);
        } finally {
            pool.unlock();
        }
    }

    /** Gives all memory back. */
    void close() {
        table().close();
        if (references.length > 0) {
            budget.release(PageDirectory.OWNER, (long) references.length * HEAP_BYTES);
        }
        references = new int[0];
    }
}
