package io.vexel.collection.store;

import io.vexel.base.Bytes;
import io.vexel.base.CapacityException;
import io.vexel.collection.VectorCacheStatistics;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Shrinker;
import io.vexel.memory.slab.SlabAllocator;
import io.vexel.memory.slab.SlabOptions;
import io.vexel.memory.slab.SlabStatistics;
import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageAllocatorOptions;
import io.vexel.paging.replacement.PolicyKind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The cache of a volume for rows whose chunks are not in memory: {@link EntryCache}s, one for each size of entries. It is made when the first such row
 * is read, and stays until the volume is closed; a volume whose vectors fit has none.
 *
 * <p>It takes whatever memory others leave it, by spans of 4 MiB, but for a twentieth of the budget, and gives spans back when somebody is refused memory.
 * A cache of one size that can take no more, and has less than half of what the largest has, takes a span from that.
 *
 * <p>{@code memory} is volatile and set with the lock, which is only tried: who comes meanwhile does without. Caches are added with it, too.
 */
final class VectorEntries implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(VectorEntries.class.getName());

    /** Short rows share an entry, so that keeping account of entries costs less than they do. */
    private static final int LEAST_ENTRY_BYTES = 256;

    /** Keeping account of entries takes at most this part of Java's memory. */
    private static final int HEAP_SHARE = 8;

    /** Memory is at most so many times Java's, which is a quarter of the machine's where nobody said otherwise. */
    private static final int HEAPS = 16;

    private static final int LEAST_ENTRIES = 64;
    private static final int MOST_ENTRY_BYTES = 64 << 10;

    /** What there has to be beside a span, for accounts of entries and of pages. */
    private static final long LEAST_BYTES = PageAllocator.SPAN_BYTES + Bytes.MIB;

    /** This part of the budget is left alone when it grows. */
    private static final int SPARED_SHARE = 20;

    private static final String BOOKKEEPING = "entry tables";

    private final ChunkMemory chunks;
    private final SlabOptions options;
    private final ReentrantLock making = new ReentrantLock();
    private final List<EntryCache> caches = new CopyOnWriteArrayList<>();
    private final Map<Integer, EntryCache> byRowBytes = new HashMap<>();
    private final AtomicLong collections = new AtomicLong();
    private final Shrinker shrinker = new Spans();
    private volatile Optional<Memory> memory = Optional.empty();
    private long bookkeepingBytes;
    private long refusedAt;
    private boolean closed;

    private record Memory(PageAllocator pages, SlabAllocator objects) {}

    /** @param options of its objects */
    VectorEntries(ChunkMemory chunks, SlabOptions options) {
        this.chunks = chunks;
        this.options = options;
    }

    /** A number that no collection has yet. */
    long newCollection() {
        return collections.getAndIncrement();
    }

    /**
     * The cache for entries of rows.
     *
     * @param rowBytes of a row, at least 1
     * @return empty when there is no memory for it, or another thread is making one
     */
    Optional<EntryCache> forRows(int rowBytes) {
        if (!making.tryLock()) {
            return Optional.empty();
        }
        try {
            return closed ? Optional.empty() : make(rowBytes);
        } finally {
            making.unlock();
        }
    }

    private Optional<EntryCache> make(int rowBytes) {
        MemoryBudget budget = chunks.budget();
        EntryCache known = byRowBytes.get(rowBytes);
        long others = heldBytes();
        long toBeHad = Math.min(budget.availableBytes(), mostBytes()) + others;
        // After a refusal only when there is clearly more.
        if (known != null || toBeHad < Math.max(spared() + LEAST_BYTES, 2 * refusedAt)) {
            return Optional.ofNullable(known);
        }
        try {
            return Optional.of(make(budget, rowBytes, Math.min(mostBytes(), toBeHad + chunks.residentBytes())));
        } catch (CapacityException e) {
            refusedAt = toBeHad;
            LOG.log(System.Logger.Level.DEBUG, "rows are read without a cache: {0}", e.getMessage());
            return Optional.empty();
        }
    }

    /** @param most bytes that it could have */
    private EntryCache make(MemoryBudget budget, int rowBytes, long most) {
        Memory made = memory.isPresent() ? memory.get() : makeMemory(budget);
        int entryBytes = entryBytes(rowBytes, most);
        int entries = entries(entryBytes, most);
        long bookkeeping = (long) entries * EntryCache.BOOKKEEPING_BYTES;
        budget.reserve(BOOKKEEPING, bookkeeping);
        boolean done = false;
        try {
            EntryCache cache = new EntryCache(
                    entryBytes, entries, new EntryCache.Memory(made.objects, made.pages, this::mayTakeSpan));
            bookkeepingBytes += bookkeeping;
            caches.add(cache);
            byRowBytes.put(rowBytes, cache);
            done = true;
            return cache;
        } finally {
            if (!done) {
                budget.release(BOOKKEEPING, bookkeeping);
            }
        }
    }

    /** Bytes beyond which there is no use in planning: there is not so much memory beside that of Java. */
    private long mostBytes() {
        return Math.min(
                chunks.budget().limitBytes(), HEAPS * Runtime.getRuntime().maxMemory());
    }

    /** A row, or as many as make keeping account of them cheap: a power of two. */
    private static int entryBytes(int rowBytes, long bytes) {
        long least = Math.clamp(bytes / mostEntries(), LEAST_ENTRY_BYTES, MOST_ENTRY_BYTES);
        int rows = 1;
        while ((long) rows * rowBytes < least) {
            rows *= 2;
        }
        return rows * rowBytes;
    }

    private static int entries(int entryBytes, long bytes) {
        long each = EntryCache.slotBytes(entryBytes) + EntryCache.BOOKKEEPING_BYTES;
        return Math.clamp(bytes / each, LEAST_ENTRIES, mostEntries());
    }

    private static int mostEntries() {
        return Math.clamp(
                Runtime.getRuntime().maxMemory() / HEAP_SHARE / EntryCache.BOOKKEEPING_BYTES,
                LEAST_ENTRIES,
                PolicyKind.MAX_FRAMES);
    }

    private Memory makeMemory(MemoryBudget budget) {
        PageAllocator pages = PageAllocator.create(
                budget, PageAllocatorOptions.oneNode(new PageAllocatorOptions.ZoneSizes(0, mostBytes(), 0, 0)));
        try {
            Memory made = new Memory(pages, SlabAllocator.createReclaimable(pages, options));
            memory = Optional.of(made);
            budget.addShrinker(shrinker);
            return made;
        } catch (RuntimeException | Error e) {
            pages.close();
            throw e;
        }
    }

    private boolean mayTakeSpan() {
        MemoryBudget budget = chunks.budget();
        return budget.availableForCaches() - spared() >= PageAllocator.SPAN_BYTES;
    }

    private long spared() {
        return chunks.budget().limitBytes() / SPARED_SHARE;
    }

    /**
     * Sees to it that there is room for entries of a cache from which one was missing: asks chunks to give way, since entries serve rows better than chunks
     * of which not all fit, or the cache that has most.
     */
    void makeRoom(EntryCache cache) {
        MemoryBudget budget = chunks.budget();
        chunks.want(Math.min(budget.limitBytes() / 2, spared() + 2 * PageAllocator.SPAN_BYTES));
        if (caches.size() > 1 && cache.used() < cache.most() && cache.isFull()) {
            EntryCache largest = largestFirst().getFirst();
            if (largest != cache && largest.heldBytes() / 2 > cache.heldBytes() + PageAllocator.SPAN_BYTES) {
                largest.giveWay(1);
                cache.retry();
            }
        }
    }

    private List<EntryCache> largestFirst() {
        List<EntryCache> sorted = new ArrayList<>(caches);
        sorted.sort(Comparator.comparingLong(EntryCache::heldBytes).reversed());
        return sorted;
    }

    /** About how many bytes of entries there are. */
    long heldBytes() {
        return caches.stream().mapToLong(EntryCache::heldBytes).sum();
    }

    /**
     * Gives spans back, of the largest cache first; waits for nobody but some milliseconds.
     *
     * @param bytes how much is wanted, at least 1
     * @return bytes that were given back
     */
    long giveWay(long bytes) {
        Optional<Memory> made = memory;
        if (made.isEmpty()) {
            return 0;
        }
        long given = made.get().pages.trim(bytes);
        for (EntryCache cache : largestFirst()) {
            boolean left = true;
            while (given < bytes && left) {
                left = cache.giveWay(bytes - given) > 0;
                // One without entries may have been all that kept a span.
                given += made.get().pages.trim(Math.max(1, bytes - given));
            }
        }
        return given;
    }

    /** The allocator of their pages; empty when there is none. */
    Optional<PageAllocator> pages() {
        return memory.map(Memory::pages);
    }

    /** What the caches did; {@link VectorCacheStatistics#NONE} when there is none. */
    VectorCacheStatistics statistics(VectorCacheStatistics.Rows rows) {
        if (caches.isEmpty()) {
            return VectorCacheStatistics.NONE;
        }
        List<SlabStatistics> objects =
                caches.stream().map(EntryCache::objectStatistics).toList();
        return new VectorCacheStatistics(
                caches.stream().mapToLong(EntryCache::most).sum(),
                caches.stream().mapToLong(EntryCache::used).sum(),
                rows,
                caches.stream().mapToLong(EntryCache::evictions).sum(),
                objects);
    }

    /** Frees all memory; nobody reads any more. */
    @Override
    public void close() {
        making.lock();
        try {
            closed = true;
            caches.forEach(EntryCache::close);
            caches.clear();
            byRowBytes.clear();
            memory.ifPresent(made -> {
                chunks.budget().removeShrinker(shrinker);
                made.objects.close();
                made.pages.close();
            });
            memory = Optional.empty();
            if (bookkeepingBytes > 0) {
                chunks.budget().release(BOOKKEEPING, bookkeepingBytes);
                bookkeepingBytes = 0;
            }
        } finally {
            making.unlock();
        }
    }

    /** Gives spans back, of the largest cache first. */
    private final class Spans implements Shrinker {

        @Override
        public String name() {
            return EntryCache.NAME;
        }

        /** All spans, but for those that are free: these the allocator of pages gives by itself. */
        @Override
        public long reclaimableBytes() {
            return memory.map(made -> Math.max(0, made.pages.chargedBytes() - made.pages.trimmableBytes()))
                    .orElse(0L);
        }

        @Override
        public long shrink(long bytes) {
            return giveWay(bytes);
        }
    }
}
