package io.vexel.memory.slab;

import io.vexel.base.CapacityException;
import io.vexel.memory.ShrinkPriority;
import io.vexel.memory.Shrinker;
import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageBlock;
import io.vexel.memory.zone.PageOwner;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/**
 * Caches of objects over an allocator of pages (Bonwick, The Slab Allocator, USENIX 1994; Bonwick and Adams, Magazines and Vmem, USENIX 2001).
 * It is a shrinker of the pages' budget: when memory is short, free slabs are given back.
 *
 * <p>Closing it closes the caches, reports what is in use as leaks, and gives all pages back. Safe for use by any thread; closing it while
 * another uses it is the owner's mistake.
 */
public final class SlabAllocator implements AutoCloseable {

    /** Most caches at once; merged ones count once. */
    public static final int MAX_CACHES = 254;

    private static final String NAME = "slabs";

    private final PageAllocator pages;
    private final SlabOptions options;
    private final SlabPages.Owners owners;
    private final CopyOnWriteArrayList<SlabCache> caches = new CopyOnWriteArrayList<>();
    private final CopyOnWriteArrayList<LargeBlocks> large = new CopyOnWriteArrayList<>();
    private final Deque<SlotTable> left = new ArrayDeque<>();
    private final Shrinker shrinker = new FreeSlabs();
    private int numbers;
    private volatile boolean closed;

    private SlabAllocator(PageAllocator pages, SlabOptions options, SlabPages.Owners owners) {
        this.pages = pages;
        this.options = options;
        this.owners = owners;
    }

    /**
     * An allocator without caches.
     *
     * @param pages stays open until the allocator is closed
     * @throws CapacityException when the pages have too many owners
     */
    public static SlabAllocator create(PageAllocator pages, SlabOptions options) {
        return create(
                pages,
                options,
                new SlabPages.Owners(
                        pages.register(PageOwner.Terms.unmovable(NAME)),
                        pages.register(PageOwner.Terms.unmovable("slab words")),
                        pages.register(PageOwner.Terms.unmovable("large blocks"))));
    }

    /**
     * An allocator without caches, for objects that their users can do without: it takes what the budget has, and when that is nothing an allocation
     * fails at once, so that nobody else is asked to give memory back for it. Slabs lie apart from the words that stay when they go.
     *
     * @param pages stays open until the allocator is closed
     * @throws CapacityException when the pages have too many owners
     */
    public static SlabAllocator createReclaimable(PageAllocator pages, SlabOptions options) {
        return create(
                pages,
                options,
                new SlabPages.Owners(
                        pages.register(PageOwner.Terms.reclaimable(NAME).withReserve()),
                        pages.register(PageOwner.Terms.unmovable("slab words").withReserve()),
                        pages.register(PageOwner.Terms.unmovable("large blocks").withReserve())));
    }

    private static SlabAllocator create(PageAllocator pages, SlabOptions options, SlabPages.Owners owners) {
        SlabAllocator allocator = new SlabAllocator(pages, options, owners);
        pages.budget().addShrinker(allocator.shrinker);
        return allocator;
    }

    /**
     * Makes a cache; takes no memory yet. Caches with {@link SlabFlag#MERGE} of like objects are one.
     *
     * @throws CapacityException when there are {@link #MAX_CACHES}
     * @throws UnsupportedOperationException for guard pages where the system cannot protect memory
     */
    public synchronized SlabCache cache(CacheSpec asked) {
        checkOpen();
        CacheSpec spec = withDebugging(asked);
        SlotLayout layout = SlotLayout.of(spec);
        for (SlabCache cache : caches) {
            if (cache.canBe(layout)) {
                cache.join(spec.name());
                return cache;
            }
        }
        SlotTable table = newTable(layout);
        long seed = seed(table.cache());
        SlabCache cache = new SlabCache(this, layout, new SlabCache.Parts(pages, owners, table, seed));
        caches.add(cache);
        return cache;
    }

    private CacheSpec withDebugging(CacheSpec spec) {
        if (options.debugging().isEmpty()) {
            return spec;
        }
        Set<SlabFlag> flags = EnumSet.copyOf(options.debugging());
        flags.addAll(spec.flags());
        flags.remove(SlabFlag.MERGE);
        return new CacheSpec(spec.name(), spec.objectBytes(), spec.alignment(), flags, spec.constructor());
    }

    /** A number that no cache has: of one that was closed, with its words, so that its handles stay no good; or a new one. */
    private SlotTable newTable(SlotLayout layout) {
        SlotTable predecessor = left.poll();
        if (predecessor != null) {
            return new SlotTable(predecessor.cache(), seed(predecessor.cache()), layout, predecessor);
        }
        if (numbers == MAX_CACHES) {
            throw new CapacityException("caches of objects", 1, 0);
        }
        numbers++;
        return new SlotTable(numbers, seed(numbers), layout, null);
    }

    private long seed(int cache) {
        return (options.seed() ^ cache) * 0x9E37_79B9_7F4A_7C15L;
    }

    /** Whether a cache that is being closed had its last user. */
    synchronized boolean leave(SlabCache cache) {
        if (!cache.leave()) {
            return false;
        }
        caches.remove(cache);
        left.add(cache.table());
        return true;
    }

    SlabOptions options() {
        return options;
    }

    PageAllocator pages() {
        return pages;
    }

    /** Blocks whose leaks are reported with those of the caches. */
    LargeBlocks newLargeBlocks() {
        LargeBlocks blocks = new LargeBlocks(this, seed(LargeBlocks.NUMBER));
        large.add(blocks);
        return blocks;
    }

    /** Forgets blocks that were closed. */
    void forget(LargeBlocks blocks) {
        large.remove(blocks);
    }

    /** As many pages as bytes need. */
    PageBlock largePages(long bytes) {
        checkOpen();
        return pages.allocateExact(options.node(), owners.large(), bytes);
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the allocator of objects is closed");
        }
    }

    /** All caches. */
    public List<SlabStatistics> statistics() {
        return caches.stream().map(SlabCache::statistics).toList();
    }

    /** All caches as text; see {@link SlabViews}. */
    public String slabInfo() {
        return SlabViews.slabInfo(statistics());
    }

    /** Objects and large blocks in use now. */
    public LeakReport used() {
        return LeakReport.union(Stream.concat(
                        caches.stream().map(SlabCache::used), large.stream().map(LargeBlocks::used))
                .toList());
    }

    /** Looks at the objects of all caches with debugging flags, and at large blocks; see {@link SlabCache#verify}. */
    public void verify() {
        caches.forEach(SlabCache::verify);
        large.forEach(LargeBlocks::verify);
    }

    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        pages.budget().removeShrinker(shrinker);
        for (SlabCache cache : caches) {
            cache.closeForAll();
        }
        large.forEach(LargeBlocks::close);
        left.forEach(table -> table.wordPages().forEach(page -> pages.free(page.page())));
    }

    /** Gives pages back that no object is in. */
    private final class FreeSlabs implements Shrinker {

        @Override
        public String name() {
            return NAME;
        }

        @Override
        public ShrinkPriority priority() {
            return ShrinkPriority.UNUSED;
        }

        @Override
        public long reclaimableBytes() {
            return caches.stream().mapToLong(SlabCache::reclaimableBytes).sum()
                    + large.stream().mapToLong(LargeBlocks::reclaimableBytes).sum();
        }

        @Override
        public long shrink(long bytes) {
            long given = 0;
            for (SlabCache cache : caches) {
                if (given < bytes) {
                    given += cache.shrink(bytes - given);
                }
            }
            for (LargeBlocks blocks : large) {
                if (given < bytes) {
                    given += blocks.shrink(bytes - given);
                }
            }
            return given;
        }
    }
}
