package io.vexel.collection.store;

import io.vexel.base.Bytes;
import io.vexel.base.CapacityException;
import io.vexel.collection.PageMemory;
import io.vexel.collection.indexing.IndexedRows;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageAllocatorOptions;
import io.vexel.paging.space.PageTiers;
import io.vexel.paging.space.Pager;
import io.vexel.paging.space.PagerOptions;
import io.vexel.paging.space.PagerStatistics;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The page cache of a volume for indexes that do not fit. It is made when the first such index is loaded, and stays until the volume is closed; a volume
 * whose indexes fit has none. It shares what memory is left with the {@linkplain VectorEntries cache of rows}: who comes first takes it, but where the
 * pager has less than that cache, which needs the index to be walked first, a span of it leaves for a fault.
 *
 * <p>A large index that does fit is used page by page while it is being loaded, through a small cache of its own, which is gone afterwards.
 *
 * <p>{@code made} is set with the lock.
 */
final class IndexPager implements IndexedRows.PageCache, AutoCloseable {

    private static final System.Logger LOG = System.getLogger(IndexPager.class.getName());

    /** Up to this limit of the budget pages are of 4 KiB, up to four times as much of 8, then of 16: so that frames cost little to keep account of. */
    private static final long LIMIT_OF_SMALL_PAGES = 4 * Bytes.GIB;

    private static final int SMALLEST_PAGE = 4096;

    /** With less available it is not made: the allocator of its frames takes 4 MiB at a time. */
    private static final long LEAST_BYTES = 8 * Bytes.MIB;

    /** A pager leaves this part of the budget alone when it grows. */
    private static final int SPARED_SHARE = 20;

    /** A small cache is for the searches of some seconds. */
    private static final long SMALL_BYTES = 32 * Bytes.MIB;

    /** An index is used where it was saved while it is loaded only if the budget could take it so many times. */
    private static final int AMPLE = 2;

    /** Of frames that are taken together. */
    private static final long EXTENT_BYTES = 2 * Bytes.MIB;

    private final ChunkMemory chunks;
    private final VectorEntries entries;
    private final long walkedFromBytes;
    private final ReentrantLock making = new ReentrantLock();
    private volatile Optional<Made> made = Optional.empty();
    private long refusedAt;
    private boolean closed;

    /** The pager, and the allocator of its frames. */
    private record Made(PageAllocator allocator, Pager pager) {

        void close() {
            try (allocator) {
                pager.close();
            }
        }
    }

    /** A cache that its one user releases. */
    private record Small(Made made) implements IndexedRows.PageCache {

        @Override
        public Optional<Pager> pager() {
            return Optional.of(made.pager);
        }

        @Override
        public void wantMemory() {
            // Where memory is short there is none of these.
        }

        @Override
        public void release() {
            made.close();
        }
    }

    /** @param walkedFromBytes an index of which so much was saved is searched where it was saved while it is loaded */
    IndexPager(ChunkMemory chunks, VectorEntries entries, long walkedFromBytes) {
        this.chunks = chunks;
        this.entries = entries;
        this.walkedFromBytes = walkedFromBytes;
    }

    @Override
    public Optional<Pager> pager() {
        making.lock();
        try {
            return make().map(Made::pager);
        } finally {
            making.unlock();
        }
    }

    @Override
    public void wantMemory() {
        MemoryBudget budget = chunks.budget();
        long spared = budget.limitBytes() / SPARED_SHARE;
        chunks.want(Math.min(budget.limitBytes() / 2, spared + LEAST_BYTES));
        if (budget.availableForCaches() - spared < EXTENT_BYTES && heldBytes() < entries.heldBytes()) {
            entries.giveWay(1);
        }
    }

    @Override
    public Optional<IndexedRows.PageCache> forLoading(long savedBytes) {
        MemoryBudget budget = chunks.budget();
        if (savedBytes < walkedFromBytes || (budget.availableBytes() - SMALL_BYTES) / AMPLE < savedBytes) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Small(make(budget, SMALL_BYTES)));
        } catch (CapacityException _) {
            // Others were faster. It is loaded all the same.
            return Optional.empty();
        }
    }

    /** The allocator of its frames; empty when there is none. */
    Optional<PageAllocator> pages() {
        return made.map(Made::allocator);
    }

    /** What it did; empty when there was no need of it. */
    Optional<PageMemory.IndexPages> statistics() {
        return made.map(present -> statistics(present.pager));
    }

    private static PageMemory.IndexPages statistics(Pager pager) {
        PagerStatistics all = pager.statistics();
        PagerStatistics.Faults faults = all.faults();
        PagerStatistics.Traffic traffic = all.traffic();
        return new PageMemory.IndexPages(
                pager.pageBytes(),
                new PageMemory.Frames(all.mostFrames(), all.heldFrames(), all.usedFrames()),
                new PageMemory.Faults(
                        faults.minor(),
                        faults.major(),
                        faults.refaults(),
                        all.failures().reads(),
                        all.failures().refused()),
                new PageMemory.Traffic(
                        traffic.evictions(), traffic.ahead(), traffic.aheadHits(), traffic.aheadWasted()));
    }

    private long heldBytes() {
        return made.map(present -> present.pager.statistics().heldFrames() * present.pager.pageBytes())
                .orElse(0L);
    }

    private Optional<Made> make() {
        MemoryBudget budget = chunks.budget();
        if (made.isEmpty() && budget.availableBytes() < LEAST_BYTES) {
            entries.giveWay(LEAST_BYTES - budget.availableBytes());
        }
        long available = budget.availableBytes();
        // After a refusal only when there is clearly more.
        if (made.isPresent() || closed || available < Math.max(LEAST_BYTES, 2 * refusedAt)) {
            return made;
        }
        long most = Math.min(budget.limitBytes(), available + chunks.residentBytes());
        try {
            made = Optional.of(make(budget, most));
        } catch (CapacityException e) {
            refusedAt = available;
            LOG.log(System.Logger.Level.DEBUG, "indexes that do not fit are not read: {0}", e.getMessage());
        }
        return made;
    }

    private static Made make(MemoryBudget budget, long bytes) {
        PagerOptions options = PagerOptions.ofBytes(pageBytes(budget.limitBytes()), bytes);
        long frameBytes = (long) options.mostFrames() * options.pageBytes();
        PageAllocator allocator = PageAllocator.create(
                budget, PageAllocatorOptions.oneNode(new PageAllocatorOptions.ZoneSizes(0, 1, 0, frameBytes)));
        try {
            return new Made(allocator, Pager.create(options, budget, allocator, PageTiers.none()));
        } catch (RuntimeException | Error e) {
            allocator.close();
            throw e;
        }
    }

    private static int pageBytes(long limitBytes) {
        return limitBytes <= LIMIT_OF_SMALL_PAGES
                ? SMALLEST_PAGE
                : limitBytes <= 4 * LIMIT_OF_SMALL_PAGES ? 2 * SMALLEST_PAGE : 4 * SMALLEST_PAGE;
    }

    /** Frees all memory; nobody reads any more. */
    @Override
    public void close() {
        making.lock();
        try {
            closed = true;
            Optional<Made> last = made;
            made = Optional.empty();
            last.ifPresent(Made::close);
        } finally {
            making.unlock();
        }
    }
}
