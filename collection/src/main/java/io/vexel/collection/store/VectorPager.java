package io.vexel.collection.store;

import io.vexel.base.Bytes;
import io.vexel.base.CapacityException;
import io.vexel.collection.VectorCacheStatistics;
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
 * The page cache of a volume, for rows whose chunks are not in memory and for indexes that do not fit. It is made when the first such row is read, or
 * such an index loaded, and stays until the volume is closed; a volume whose vectors and indexes fit has none.
 *
 * <p>{@code made} is volatile and set with the lock, which is only tried: who comes meanwhile does without.
 */
final class VectorPager implements IndexedRows.PageCache, AutoCloseable {

    private static final System.Logger LOG = System.getLogger(VectorPager.class.getName());

    /** Up to this limit of the budget pages are of 4 KiB, up to four times as much of 8, then of 16: so that frames cost little to keep account of. */
    private static final long LIMIT_OF_SMALL_PAGES = 4 * Bytes.GIB;

    private static final int SMALLEST_PAGE = 4096;

    /** With less available it is not made: the allocator of its frames takes 4 MiB at a time. */
    private static final long LEAST_BYTES = 8 * Bytes.MIB;

    /** A pager leaves this part of the budget alone when it grows. */
    private static final int SPARED_SHARE = 20;

    private final ChunkMemory chunks;
    private final ReentrantLock making = new ReentrantLock();
    private volatile Optional<Made> made = Optional.empty();
    private long refusedAt;
    private boolean closed;

    /** The pager, and the allocator of its frames. */
    private record Made(PageAllocator allocator, Pager pager) {}

    VectorPager(ChunkMemory chunks) {
        this.chunks = chunks;
    }

    /** As {@link #pager}, but empty when another thread is making it. */
    Optional<Pager> pagerNow() {
        Optional<Made> known = made;
        if (known.isEmpty() && making.tryLock()) {
            try {
                known = make();
            } finally {
                making.unlock();
            }
        }
        return known.map(Made::pager);
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
        chunks.want(bytesToGrow());
    }

    /** So much of the budget is available when the cache can grow. */
    long bytesToGrow() {
        return Math.min(chunks.budget().limitBytes() / 2, chunks.budget().limitBytes() / SPARED_SHARE + LEAST_BYTES);
    }

    /** What the pager did; {@link VectorCacheStatistics#NONE} when there is none. */
    VectorCacheStatistics statistics(long hits, long misses) {
        return made.map(present -> statistics(present.pager, hits, misses)).orElse(VectorCacheStatistics.NONE);
    }

    private static VectorCacheStatistics statistics(Pager pager, long hits, long misses) {
        PagerStatistics counted = pager.statistics();
        return new VectorCacheStatistics(
                pager.pageBytes(),
                counted.mostFrames(),
                counted.heldFrames(),
                counted.usedFrames(),
                counted.dirtyFilePages(),
                hits,
                misses,
                counted.traffic().evictions(),
                counted.traffic().ahead(),
                counted.traffic().aheadHits(),
                counted.failures().reads());
    }

    private Optional<Made> make() {
        MemoryBudget budget = chunks.budget();
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
            LOG.log(System.Logger.Level.DEBUG, "rows are read without a cache: {0}", e.getMessage());
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
            made.ifPresent(present -> {
                present.pager.close();
                present.allocator.close();
            });
            made = Optional.empty();
        } finally {
            making.unlock();
        }
    }
}
