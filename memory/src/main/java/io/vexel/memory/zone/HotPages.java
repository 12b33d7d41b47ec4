package io.vexel.memory.zone;

import io.vexel.memory.numa.NumaStatistics;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A thread's own free blocks of orders 0 to {@value #MAX_ORDER}, in small zones to 3, so that most allocations take no lock. For one thread at a time; blocks may be freed through
 * another than they were allocated through. Counters are plain and summed when statistics are read, so those of a running thread may
 * lag behind.
 *
 * <p>Closing gives the blocks back.
 */
public final class HotPages implements AutoCloseable {

    static final int MAX_ORDER = 5;

    private static final int ORDERS = MAX_ORDER + 1;

    private final PageAllocator allocator;
    private final int node;
    /** The zone of most blocks that are freed here. */
    private final Zone normal;

    private final @Nullable HotList[] lists = new HotList[Mobility.COUNT * ORDERS];
    final Counts counts = new Counts();
    private int drains;
    private final boolean severalNodes;
    /** Where the thread ran when it last looked, and how many allocations ago that was. */
    private int here;

    private int sinceLook;
    private boolean closed;

    /** What went through hot lists, and pages in use by owner: those allocated here less those freed here, so they may be negative. */
    static final class Counts {
        long allocations;
        /** Of these, those of threads that run on other nodes than the lists are of, and those whose turn the node had. */
        long other;

        long interleaved;
        long frees;
        long pages;
        final long[] ownerPages = new long[PageAllocator.MAX_OWNERS];

        void add(Counts other) {
            allocations += other.allocations;
            this.other += other.other;
            interleaved += other.interleaved;
            frees += other.frees;
            pages += other.pages;
            Arrays.setAll(ownerPages, owner -> ownerPages[owner] + other.ownerPages[owner]);
        }
    }

    HotPages(PageAllocator allocator, int node) {
        this.allocator = allocator;
        this.node = node;
        this.drains = allocator.drains();
        this.here = node;
        this.severalNodes = allocator.hasSeveralNodes();
        // Every node has one.
        this.normal = allocator.zone(node, ZoneKind.NORMAL).orElseThrow();
        for (Mobility mobility : Mobility.values()) {
            Optional<Zone> zone =
                    allocator.zone(node, mobility == Mobility.MOVABLE ? ZoneKind.MOVABLE : ZoneKind.NORMAL);
            for (int order = 0; order < ORDERS && zone.isPresent(); order++) {
                if (HotList.isWorthIt(zone.get(), order)) {
                    lists[mobility.index() * ORDERS + order] = new HotList(zone.get(), order, mobility);
                }
            }
        }
    }

    /**
     * As {@link PageAllocator#allocate}, where near the thread means on the node of these lists.
     *
     * @throws io.vexel.base.CapacityException as there
     */
    public long allocate(PageOwner owner, int order) {
        look();
        if (!owner.isNearThread()) {
            int wanted = allocator.wantedNode(owner, node);
            if (wanted != node) {
                return allocator.allocateFrom(here, wanted, owner, order);
            }
        }
        long handle = closed ? PageHandle.NONE : tryHot(owner, order, here == node);
        return handle == PageHandle.NONE ? allocator.allocateCold(owner, order, node, here) : handle;
    }

    private void look() {
        if (severalNodes && sinceLook-- <= 0) {
            sinceLook = NumaStatistics.LOOK_EVERY - 1;
            here = allocator.currentNode();
        }
    }

    int node() {
        return node;
    }

    /** Frees a block, as {@link PageAllocator#free}. */
    public void free(long handle) {
        if (!tryFree(handle)) {
            allocator.freeCold(handle);
        }
    }

    /**
     * A block out of a list, or {@link PageHandle#NONE} when it is for the zones to allocate.
     *
     * @param local whether the thread runs on the node of the lists
     */
    long tryHot(PageOwner owner, int order, boolean local) {
        HotList list = listFor(owner, order);
        if (list == null || (list.isEmpty() && allocator.isRefused())) {
            return PageHandle.NONE;
        }
        if (drains != allocator.drains()) {
            drain();
        }
        // Below the watermark the lists are passed by, so that reclaim sees what is needed.
        int page = list.zone().isLow() ? -1 : list.take();
        if (page < 0) {
            return PageHandle.NONE;
        }
        counts.allocations++;
        if (!local) {
            counts.other++;
        }
        if (owner.isInterleaved()) {
            counts.interleaved++;
        }
        counts.pages += 1L << order;
        counts.ownerPages[owner.id()] += 1L << order;
        return list.zone().use(page, order, owner.id());
    }

    /** Puts a block into a list; false when it is not for a list here. */
    boolean tryFree(long handle) {
        int page = PageHandle.page(handle);
        Zone zone = normal.has(page) && PageHandle.isOne(handle) ? normal : allocator.zoneOf(handle);
        int word = zone.word(page);
        int order = zone.order(word);
        if (order > MAX_ORDER) {
            return false;
        }
        HotList list = listFor(allocator.ownerOf(handle, word), order);
        if (list == null || list.zone() != zone) {
            return false;
        }
        PageAllocator.claim(zone, handle, word);
        counts.frees++;
        counts.ownerPages[PageWords.owner(word)] -= 1L << order;
        list.put(page);
        if (drains != allocator.drains()) {
            drain();
        }
        return true;
    }

    private @Nullable HotList listFor(PageOwner owner, int order) {
        return closed || order > MAX_ORDER || order < 0 || !owner.usesHotLists()
                ? null
                : lists[owner.mobility() * ORDERS + order];
    }

    /** Gives all blocks back to the zones and says how many pages. */
    long drain() {
        drains = allocator.drains();
        long pages = 0;
        for (HotList list : lists) {
            if (list != null) {
                pages += list.drain();
            }
        }
        return pages;
    }

    @Override
    public void close() {
        if (!closed) {
            drain();
            closed = true;
            allocator.forget(this);
        }
    }
}
