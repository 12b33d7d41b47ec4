package io.vexel.memory.zone;

import io.vexel.memory.SparseRegion;
import io.vexel.memory.lock.SpinLock;
import java.util.Arrays;
import java.util.BitSet;

/**
 * The pages of one kind on one node. Their memory is taken from the budget in spans of the largest block when they are first needed,
 * and spans that are free again can be given back. In the zone {@link ZoneKind#LARGE} every block is taken and given back by itself.
 *
 * <p>What is here changes with {@link #lock} held, and is read in statistics with it.
 */
final class Zone {

    static final int MAX_ORDER = 10;
    static final int HUGE_ORDER = 9;
    static final int PAGE_SHIFT = 12;
    static final int SPAN_PAGES = 1 << MAX_ORDER;
    static final long SPAN_BYTES = (long) SPAN_PAGES << PAGE_SHIFT;

    /** The largest order of a large object: 1 GiB. */
    static final int MAX_LARGE_ORDER = 18;

    final Place place;
    /** Those of the place and of the buddy; every block's way passes here. */
    private final int firstPage;

    private final int pageCount;
    private final PageWords words;
    private final SpinLock lock = new SpinLock();
    private final SparseRegion memory;
    private final Buddy buddy;
    private final int unitOrder;
    private final Watermarks watermarks;
    private final BitSet present = new BitSet();
    private final long[] ownerPages = new long[PageAllocator.MAX_OWNERS];
    private long absentPages;
    private boolean low;
    private final Counts counts = new Counts();

    /**
     * Where a zone is.
     *
     * @param firstPage number of its first page among those of all zones
     * @param pages how many it has
     */
    record Place(int node, ZoneKind kind, int firstPage, int pages) {

        Buddy.Shape shape() {
            return kind == ZoneKind.LARGE
                    ? new Buddy.Shape(pages >>> HUGE_ORDER, MAX_LARGE_ORDER - HUGE_ORDER, 0)
                    : new Buddy.Shape(pages, MAX_ORDER, HUGE_ORDER);
        }
    }

    private static final class Counts {
        long allocations;
        long allocatedPages;
        long frees;
        long refusals;
        long copies;
        long moves;
    }

    Zone(Place place, SparseRegion memory, long metadata) {
        this.place = place;
        this.memory = memory;
        this.buddy = new Buddy(place.shape(), metadata);
        this.firstPage = place.firstPage;
        this.pageCount = place.pages;
        this.words = buddy.words();
        this.unitOrder = isLarge() ? HUGE_ORDER : 0;
        long limitPages = memory.budget().limitBytes() >>> PAGE_SHIFT;
        this.watermarks = Watermarks.of(Math.min(place.pages, limitPages));
        if (isLarge()) {
            addAll();
        } else {
            absentPages = place.pages;
        }
    }

    private boolean isLarge() {
        return place.kind == ZoneKind.LARGE;
    }

    private void addAll() {
        int units = buddy.shape().units();
        for (int unit = 0; unit < units; ) {
            int order = Math.min(buddy.shape().maxOrder(), Integer.numberOfTrailingZeros(unit));
            while (unit + (1 << order) > units) {
                order--;
            }
            buddy.add(unit, order, Mobility.UNMOVABLE.index());
            unit += 1 << order;
        }
    }

    Watermarks watermarks() {
        return watermarks;
    }

    /** Whether free pages were below the watermark {@code low} after the last allocation. May be out of date. */
    boolean isLow() {
        return low;
    }

    boolean hasBlocksOf(int order) {
        return order >= unitOrder && order - unitOrder <= buddy.shape().maxOrder() && place.pages > 0;
    }

    /**
     * Allocates a block.
     *
     * @param floor pages that must stay free
     * @return handle, or {@link PageHandle#NONE}
     */
    long allocate(PageOwner owner, int order, long floor) {
        lock.lock();
        int unit;
        try {
            unit = find(order - unitOrder, owner.terms().mobility().index(), floor);
            if (unit == Buddy.NONE) {
                counts.refusals++;
                return PageHandle.NONE;
            }
            ownerPages[owner.id()] += 1L << order;
            counts.allocations++;
            counts.allocatedPages += 1L << order;
            if (!isLarge()) {
                return handle(unit, words.use(unit, order - unitOrder, owner.id()));
            }
        } finally {
            lock.unlock();
        }
        return takeLarge(unit, order, owner);
    }

    private long takeLarge(int unit, int order, PageOwner owner) {
        if (memory.tryTake(bytes(order))) {
            return handle(unit, words.use(unit, order - unitOrder, owner.id()));
        }
        lock.lock();
        try {
            buddy.give(unit, order - unitOrder);
            ownerPages[owner.id()] -= 1L << order;
            counts.allocations--;
            counts.allocatedPages -= 1L << order;
            counts.refusals++;
        } finally {
            lock.unlock();
        }
        return PageHandle.NONE;
    }

    /**
     * Takes blocks for a hot list.
     *
     * @param into gets the numbers of their first pages, from its start
     * @return how many
     */
    int fill(int order, Mobility mobility, long floor, int[] into) {
        int batch = into.length / HotList.BATCHES;
        lock.lock();
        try {
            int count = 0;
            while (count < batch) {
                int unit = find(order, mobility.index(), floor);
                if (unit == Buddy.NONE) {
                    break;
                }
                words.set(unit, PageWords.HOT, order);
                into[count++] = firstPage + unit;
            }
            return count;
        } finally {
            lock.unlock();
        }
    }

    private int find(int order, int mobility, long floor) {
        long left = freePages() - (1L << (order + unitOrder));
        low = left < watermarks.low();
        if (left < floor) {
            return Buddy.NONE;
        }
        int unit = buddy.take(order, mobility);
        if (unit == Buddy.NONE) {
            unit = buddy.takeConverted(order, mobility);
        }
        if (unit == Buddy.NONE && addSpan(mobility)) {
            unit = buddy.take(order, mobility);
        }
        return unit == Buddy.NONE ? buddy.takeStray(order, mobility) : unit;
    }

    /** Whether a group can be out of reach for a moment; with the lock held. */
    boolean canSpare(int pages) {
        return freePages() - pages >= watermarks.min();
    }

    /** Free pages: those at hand, and those that the budget would give. With the lock held. */
    private long freePages() {
        long budgetPages = Math.max(0, memory.budget().availableBytes()) >>> PAGE_SHIFT;
        long atHand = buddy.freeUnits() << unitOrder;
        return isLarge() ? Math.min(atHand, budgetPages) : atHand + Math.min(absentPages, budgetPages);
    }

    private boolean addSpan(int mobility) {
        if (absentPages == 0 || !memory.tryTake(SPAN_BYTES)) {
            return false;
        }
        int span = present.nextClearBit(0);
        present.set(span);
        absentPages -= SPAN_PAGES;
        buddy.add(span << MAX_ORDER, MAX_ORDER, mobility);
        return true;
    }

    /** Whether a page lies here. */
    boolean has(int page) {
        int index = page - firstPage;
        return index >= 0 && index < pageCount;
    }

    /** The word of the block that begins with a page. */
    int word(int page) {
        return ((page - firstPage) & ((1 << unitOrder) - 1)) == 0 ? words.getAcquire(unit(page)) : PageWords.NO_HEAD;
    }

    /** Claims a block for being freed; see {@link PageWords#claim}. */
    boolean claim(int page, int word) {
        return words.claim(unit(page), word);
    }

    /** Gives a hot block to an owner. */
    long use(int page, int order, int owner) {
        return PageHandle.of(page, words.use(page - firstPage, order, owner));
    }

    /** Order in pages of the block with a word of this zone. */
    int order(int word) {
        return PageWords.order(word) + unitOrder;
    }

    /** Frees a claimed block of an owner. */
    void free(int page, int order, int owner) {
        giveBack(page, order, owner, 1);
    }

    /** Takes a claimed block back that was moved from, or to which nothing could be moved: nobody freed it. */
    void freeCopied(int page, int order, int owner) {
        giveBack(page, order, owner, 0);
    }

    private void giveBack(int page, int order, int owner, int frees) {
        if (isLarge()) {
            memory.giveBack((long) page << PAGE_SHIFT, bytes(order));
        }
        lock.lock();
        try {
            buddy.give(unit(page), order - unitOrder);
            ownerPages[owner] -= 1L << order;
            counts.frees += frees;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Gives back the tail of a block in use, whose holder is the caller.
     *
     * @param pages at the start that stay, at least 1; rounded up to units
     * @return handles of the blocks that these are now, of descending orders; the first is the one given
     */
    long[] keep(long handle, int pages, int owner) {
        int first = unit(PageHandle.page(handle));
        int end = first + (1 << PageWords.order(words.get(first)));
        int kept = first + Math.ceilDiv(pages, 1 << unitOrder);
        if (kept == end) {
            return new long[] {handle};
        }
        if (isLarge()) {
            long tail = (long) (end - kept) << (unitOrder + PAGE_SHIFT);
            memory.giveBack((long) (firstPage + (kept << unitOrder)) << PAGE_SHIFT, tail);
        }
        long[] handles = new long[Integer.bitCount(kept - first)];
        lock.lock();
        try {
            int count = 0;
            for (int unit = first; unit < kept; unit += Integer.highestOneBit(kept - unit)) {
                int order = Integer.numberOfTrailingZeros(Integer.highestOneBit(kept - unit));
                handles[count++] = handle(unit, words.use(unit, order, owner));
            }
            for (int unit = kept; unit < end; unit += Integer.lowestOneBit(unit - first)) {
                buddy.give(unit, Integer.numberOfTrailingZeros(unit - first));
            }
            ownerPages[owner] -= (long) (end - kept) << unitOrder;
        } finally {
            lock.unlock();
        }
        return handles;
    }

    /** Takes back blocks out of a hot list. */
    void drain(int order, int[] pages, int from, int to) {
        lock.lock();
        try {
            for (int i = from; i < to; i++) {
                buddy.give(unit(pages[i]), order);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Gives free spans back to the budget and says how many bytes. */
    long trim(long bytes) {
        long given = 0;
        while (given < bytes && !isLarge()) {
            int unit = takeSpan();
            if (unit == Buddy.NONE) {
                break;
            }
            memory.giveBack((long) (firstPage + unit) << PAGE_SHIFT, SPAN_BYTES);
            lock.lock();
            try {
                present.clear(unit >>> MAX_ORDER);
                absentPages += SPAN_PAGES;
            } finally {
                lock.unlock();
            }
            given += SPAN_BYTES;
        }
        return given;
    }

    private int takeSpan() {
        lock.lock();
        try {
            return buddy.takeLargest();
        } finally {
            lock.unlock();
        }
    }

    /** Bytes of free spans. */
    long trimmableBytes() {
        if (isLarge()) {
            return 0;
        }
        lock.lock();
        try {
            long spans = 0;
            for (int mobility = 0; mobility < Mobility.COUNT; mobility++) {
                spans += buddy.freeBlocks(MAX_ORDER, mobility);
            }
            return spans * SPAN_BYTES;
        } finally {
            lock.unlock();
        }
    }

    /** Bytes that were taken and are in no block, nor in a hot list. */
    long bytesAtHand() {
        if (isLarge()) {
            return 0;
        }
        lock.lock();
        try {
            return buddy.freeUnits() << PAGE_SHIFT;
        } finally {
            lock.unlock();
        }
    }

    /** For the compactor, which holds the lock while it looks. */
    Buddy buddy() {
        return buddy;
    }

    SpinLock lock() {
        return lock;
    }

    /** Takes a block to move another to, without a look at the watermarks; with the lock held. */
    long takeTarget(int order, int owner) {
        int unit = buddy.take(order, Mobility.MOVABLE.index());
        if (unit == Buddy.NONE) {
            return PageHandle.NONE;
        }
        return target(unit, order, owner);
    }

    /** Takes a block to move one of another zone to, and leaves so many pages free. */
    long takeTarget(int order, int owner, long floor) {
        lock.lock();
        try {
            int unit = find(order, Mobility.MOVABLE.index(), floor);
            return unit == Buddy.NONE ? PageHandle.NONE : target(unit, order, owner);
        } finally {
            lock.unlock();
        }
    }

    private long target(int unit, int order, int owner) {
        ownerPages[owner] += 1L << order;
        counts.copies++;
        return handle(unit, words.use(unit, order, owner));
    }

    /** Counts a block that was moved from here. */
    void moved() {
        lock.lock();
        counts.moves++;
        lock.unlock();
    }

    void addOwnerPages(long[] sum) {
        lock.lock();
        try {
            Arrays.setAll(sum, owner -> sum[owner] + ownerPages[owner]);
        } finally {
            lock.unlock();
        }
    }

    ZoneStatistics statistics() {
        int[][] blocks = new int[Mobility.COUNT][buddy.shape().maxOrder() + 1];
        lock.lock();
        try {
            for (int mobility = 0; mobility < Mobility.COUNT; mobility++) {
                for (int order = 0; order < blocks[mobility].length; order++) {
                    blocks[mobility][order] = buddy.freeBlocks(order, mobility);
                }
            }
            long taken = isLarge() ? place.pages - (buddy.freeUnits() << unitOrder) : place.pages - absentPages;
            return new ZoneStatistics(
                    place.node,
                    place.kind,
                    new ZoneStatistics.Pages(place.pages, freePages(), buddy.freeUnits() << unitOrder, taken),
                    watermarks,
                    new ZoneStatistics.Events(
                            counts.allocations,
                            counts.allocatedPages,
                            counts.frees,
                            counts.refusals,
                            counts.copies,
                            counts.moves,
                            buddy.splits(),
                            buddy.merges(),
                            buddy.conversions(),
                            buddy.strays()),
                    new FreeBlocks(unitOrder, blocks, isLarge() ? 0 : freePages() - buddy.freeUnits()));
        } finally {
            lock.unlock();
        }
    }

    private int unit(int page) {
        return (page - firstPage) >>> unitOrder;
    }

    private long handle(int unit, int generation) {
        return PageHandle.of(firstPage + (unit << unitOrder), generation);
    }

    private static long bytes(int order) {
        return 1L << (order + PAGE_SHIFT);
    }
}
