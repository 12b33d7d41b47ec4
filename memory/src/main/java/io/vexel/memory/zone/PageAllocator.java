package io.vexel.memory.zone;

import io.vexel.base.Bytes;
import io.vexel.base.CapacityException;
import io.vexel.base.Checks;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.PageAccess;
import io.vexel.memory.Region;
import io.vexel.memory.ShrinkPriority;
import io.vexel.memory.Shrinker;
import io.vexel.memory.SparseRegion;
import io.vexel.memory.numa.NumaStatistics;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Blocks of pages out of the zones of all nodes. Small blocks come from hot lists, others from the zones in the order of their
 * {@linkplain PageOwner.Terms#zone fallbacks}. What a block holds when it is allocated is for its owner to {@linkplain PageOwner.Terms#contents
 * say}; else undefined.
 *
 * <p>When no zone has a block above its watermark, memory is reclaimed: hot lists are emptied, the budget's shrinkers are asked, movable
 * blocks are moved together; the allocation fails when none of this helps.
 *
 * <p>Safe for use by any thread; closing it while another uses it is the owner's mistake.
 */
public final class PageAllocator implements AutoCloseable {

    /** Bytes of a page. */
    public static final int PAGE_BYTES = 1 << Zone.PAGE_SHIFT;

    /** Bytes that zones other than {@link ZoneKind#LARGE} take from the budget, and give back, at a time. */
    public static final long SPAN_BYTES = Zone.SPAN_BYTES;

    /** The largest order there is: 1 GiB. */
    public static final int MAX_ORDER = Zone.MAX_LARGE_ORDER;

    /** Most owners that can be registered. */
    public static final int MAX_OWNERS = 256;

    /** What blocks of owners that want it hold when they are allocated. */
    public static final byte POISON = 0x6B;

    private static final int RECLAIM_ROUNDS = 8;
    private static final String NAME = "pages";

    private final MemoryBudget budget;
    private final PageAllocatorOptions options;
    private final SparseRegion memory;
    private final Region metadata;
    private final ZoneList zones;
    /** By number. An owner is there before it is handed out, and before the count says so; no block has its number earlier. */
    private final @Nullable PageOwner[] owners = new PageOwner[MAX_OWNERS];

    private volatile int ownerCount;

    private final StripedHotPages[] striped;
    private final CopyOnWriteArrayList<HotPages> handles = new CopyOnWriteArrayList<>();
    /** What closed hot lists counted, by node; also the lock of that. */
    private final HotPages.Counts[] retired;

    private final AtomicBoolean reclaiming = new AtomicBoolean();
    private final AtomicBoolean compacting = new AtomicBoolean();
    private final LongAdder failures = new LongAdder();
    /** Of what was allocated, tails that went back at once. */
    private final LongAdder cutBytes = new LongAdder();

    private final NodeCounts nodeCounts;
    private final Shrinker trimmer = new FreeSpans();
    private volatile int drains;
    private boolean closed;

    private PageAllocator(MemoryBudget budget, PageAllocatorOptions options, SparseRegion memory, Region metadata) {
        this.budget = budget;
        this.options = options;
        this.memory = memory;
        this.metadata = metadata;
        List<Zone> made = new ArrayList<>();
        long next = metadata.address();
        for (Zone.Place place : places(options)) {
            made.add(new Zone(place, memory, next));
            next += metadataBytes(place);
        }
        this.zones = new ZoneList(made, options.distances());
        this.nodeCounts = new NodeCounts(options, zones, memory);
        int stripes = Integer.highestOneBit(2 * Runtime.getRuntime().availableProcessors());
        this.striped = new StripedHotPages[options.nodes().size()];
        this.retired = new HotPages.Counts[striped.length];
        Arrays.setAll(retired, _ -> new HotPages.Counts());
        for (int node = 0; node < striped.length; node++) {
            striped[node] = new StripedHotPages(this, node, stripes);
        }
    }

    /**
     * Reserves the addresses of all zones and the memory that describes them, about 0.12 % of their size.
     *
     * @throws CapacityException when the budget or the system refuses
     */
    public static PageAllocator create(MemoryBudget budget, PageAllocatorOptions options) {
        List<Zone.Place> places = places(options);
        long metadataBytes =
                places.stream().mapToLong(PageAllocator::metadataBytes).sum();
        Zone.Place last = places.getLast();
        Region metadata = Region.allocate(budget, "page metadata", metadataBytes);
        try {
            SparseRegion memory =
                    SparseRegion.reserve(budget, NAME, ((long) last.firstPage() + last.pages()) << Zone.PAGE_SHIFT);
            PageAllocator allocator = new PageAllocator(budget, options, memory, metadata);
            budget.addShrinker(allocator.trimmer);
            return allocator;
        } catch (RuntimeException | Error e) {
            metadata.close();
            throw e;
        }
    }

    private static List<Zone.Place> places(PageAllocatorOptions options) {
        List<Zone.Place> places = new ArrayList<>();
        long page = 0;
        for (int node = 0; node < options.nodes().size(); node++) {
            for (ZoneKind kind : ZoneKind.values()) {
                long pages = options.nodes().get(node).bytes(kind) >>> Zone.PAGE_SHIFT;
                Checks.inRange("pages", page + pages, 0, Integer.MAX_VALUE);
                if (pages > 0) {
                    places.add(new Zone.Place(node, kind, (int) page, (int) pages));
                }
                page += pages;
            }
        }
        return places;
    }

    private static long metadataBytes(Zone.Place place) {
        return Bytes.roundUp(place.shape().metadataBytes(), Long.SIZE);
    }

    /**
     * Adds an owner of pages.
     *
     * @throws IllegalArgumentException when its policy names a node that there is not
     * @throws CapacityException when there are {@link #MAX_OWNERS} already
     */
    public synchronized PageOwner register(PageOwner.Terms terms) {
        terms.policy().nodes().forEach(node -> Checks.inRange("node", node, 0, striped.length - 1));
        if (ownerCount == MAX_OWNERS) {
            throw new CapacityException("owners of pages", 1, 0);
        }
        PageOwner owner = new PageOwner(ownerCount, terms);
        owners[owner.id()] = owner;
        ownerCount = owner.id() + 1;
        return owner;
    }

    /** As {@link #allocateOn}, on the node where the owner's policy wants its blocks: near the calling thread, if it says nothing. */
    public long allocate(PageOwner owner, int order) {
        int here = currentNode();
        return allocateFrom(here, wantedNode(owner, here), owner, order);
    }

    /** Whether threads run on different nodes, as far as this knows. */
    boolean hasSeveralNodes() {
        return nodeCounts.hasSeveralNodes();
    }

    int wantedNode(PageOwner owner, int here) {
        return owner.isNearThread()
                ? here
                : owner.wantedNode(here, options.distances().get(here));
    }

    /** The node on which the calling thread runs. */
    int currentNode() {
        return nodeCounts.currentNode();
    }

    /**
     * Allocates 2<sup>order</sup> pages, aligned to their size within 4 MiB, and to 2 MiB at least from order 9 on.
     *
     * @param node where they are wanted; nearer nodes help out before farther ones, save those that the owner's policy does not allow
     * @param order 0..{@link #MAX_ORDER}; beyond 10 in the zone LARGE
     * @return handle
     * @throws CapacityException when there is no such block after everything that could be reclaimed was
     */
    public long allocateOn(int node, PageOwner owner, int order) {
        return allocateFrom(currentNode(), node, owner, order);
    }

    /** @param here where the thread runs */
    long allocateFrom(int here, int node, PageOwner owner, int order) {
        Checks.inRange("node", node, 0, striped.length - 1);
        boolean hot = owner.usesHotLists()
                && order <= HotPages.MAX_ORDER
                && owner.terms().policy().allows(node);
        long handle = hot ? striped[node].tryHot(owner, order, here == node) : PageHandle.NONE;
        return handle == PageHandle.NONE ? allocateCold(owner, order, node, here) : handle;
    }

    /** Whether a test wants an allocation to find no memory. */
    boolean isRefused() {
        return options.refusal().getAsBoolean();
    }

    /**
     * Allocates as many pages as bytes need: the tail of the block of the next order goes back at once. Beyond 4 MiB it is huge pages that are
     * counted.
     *
     * @param bytes 1..1 GiB
     * @throws CapacityException as {@link #allocateOn}
     */
    public PageBlock allocateExact(int node, PageOwner owner, long bytes) {
        Checks.inRange("bytes", bytes, 1, (long) PAGE_BYTES << MAX_ORDER);
        int pages = Math.toIntExact((bytes + PAGE_BYTES - 1) >>> Zone.PAGE_SHIFT);
        long handle = allocateOn(node, owner, Integer.SIZE - Integer.numberOfLeadingZeros(pages - 1));
        long whole = (long) PAGE_BYTES << usedOrder(handle);
        long[] handles = zoneOf(handle).keep(handle, pages, owner.id());
        long kept = 0;
        for (long each : handles) {
            kept += (long) PAGE_BYTES << usedOrder(each);
        }
        cutBytes.add(whole - kept);
        return new PageBlock(handles, memory.segment((long) PageHandle.page(handle) << Zone.PAGE_SHIFT, kept));
    }

    /**
     * Frees pages.
     *
     * @throws IllegalStateException when they were freed before
     */
    public void free(PageBlock block) {
        for (long handle : block.handles()) {
            free(handle);
        }
    }

    long allocateCold(PageOwner owner, int order, int node, int here) {
        PageOwner.Terms terms = owner.terms();
        int least = terms.zone() == ZoneKind.LARGE ? Zone.HUGE_ORDER : 0;
        Checks.inRange("order", order, least, MAX_ORDER);
        ZoneKind kind = order > Zone.MAX_ORDER ? ZoneKind.LARGE : terms.zone();
        Zone[] list = zones.of(node, kind);
        boolean urgent = terms.reserve() == PageOwner.Reserve.USED;
        boolean refused = isRefused();
        long handle = refused ? PageHandle.NONE : tryZones(list, owner, order, urgent);
        // Who may use the reserve is reclaiming already.
        boolean goesOn = !urgent;
        for (int round = 0; handle == PageHandle.NONE && goesOn && round < RECLAIM_ROUNDS; round++) {
            goesOn = reclaim(list, order) && !refused;
            // Also when that gave nothing: somebody else may have freed a block meanwhile.
            handle = refused ? PageHandle.NONE : tryZones(list, owner, order, false);
        }
        if (handle == PageHandle.NONE) {
            failures.increment();
            throw new CapacityException(
                    "memory in pages of 4 KiB for " + owner, 1L << order, budget.availableBytes() >>> Zone.PAGE_SHIFT);
        }
        nodeCounts.allocated(zoneOf(handle).place.node(), node, here, owner);
        fill(handle, order, terms.contents());
        return handle;
    }

    private void fill(long handle, int order, PageOwner.Contents contents) {
        if (contents != PageOwner.Contents.AS_LEFT) {
            memory.segment((long) PageHandle.page(handle) << Zone.PAGE_SHIFT, (long) PAGE_BYTES << order)
                    .fill(contents == PageOwner.Contents.ZEROED ? 0 : POISON);
        }
    }

    private long tryZones(Zone[] list, PageOwner owner, int order, boolean urgent) {
        for (int i = 0; i < list.length; i++) {
            Zone zone = list[i];
            if (zone.hasBlocksOf(order) && owner.terms().policy().allows(zone.place.node())) {
                Watermarks marks = zone.watermarks();
                // A zone that helps out keeps more for those who have no other.
                long floor = urgent ? 0 : i == 0 ? marks.min() : marks.high();
                long handle = zone.allocate(owner, order, floor);
                if (zone.isLow()) {
                    wakeReclaim(zone);
                }
                if (handle != PageHandle.NONE) {
                    return handle;
                }
            }
        }
        return PageHandle.NONE;
    }

    private void wakeReclaim(Zone zone) {
        if (options.background().isPresent() && !reclaiming.get() && reclaiming.compareAndSet(false, true)) {
            try {
                options.background().get().execute(() -> reclaimInBackground(zone));
            } catch (RejectedExecutionException e) {
                // Who allocates has his block, and reclaims by himself when there is none.
                reclaiming.set(false);
            }
        }
    }

    private void reclaimInBackground(Zone zone) {
        try {
            long missing = zone.watermarks().high() - zone.statistics().pages().free();
            while (missing > 0 && reclaimPages(missing) > 0) {
                missing = zone.watermarks().high() - zone.statistics().pages().free();
            }
        } finally {
            reclaiming.set(false);
        }
    }

    private long reclaimPages(long pages) {
        return drain() + (budget.reclaim(pages << Zone.PAGE_SHIFT) >>> Zone.PAGE_SHIFT);
    }

    private boolean reclaim(Zone[] list, int order) {
        long pages = reclaimPages(1L << order);
        int groups = 1 << Math.max(0, order - Zone.HUGE_ORDER);
        boolean moved = false;
        if (order > 0 && order <= Zone.MAX_ORDER) {
            for (Zone zone : list) {
                moved |= compact(zone, groups) > 0;
            }
        }
        return moved || pages > 0;
    }

    /** Empties the hot lists: those of stripes at once, those of threads when they next use them. */
    private long drain() {
        long pages = 0;
        for (StripedHotPages each : striped) {
            pages += each.drain();
        }
        synchronized (this) {
            drains++;
        }
        return pages;
    }

    /** How often hot lists were told to give their blocks back. */
    int drains() {
        return drains;
    }

    /**
     * Moves movable blocks together.
     *
     * @param hugePages how many more groups of 2 MiB are to be free in each zone, at most; hot lists are emptied even when 0
     * @return how many more are free
     */
    public int compact(int hugePages) {
        drain();
        int emptied = 0;
        for (Zone zone : zones.all()) {
            emptied += compact(zone, hugePages);
        }
        return emptied;
    }

    /**
     * Moves movable blocks from one node's zone MOVABLE to another's, as migrate_pages(2) does with those of a process. It ends early when the
     * other zone has no more above its watermark {@code high}.
     *
     * @param pages at most so many, at least 1
     * @return pages that were moved; 0 also while blocks are moved together
     */
    public long migrate(int from, int to, long pages) {
        Checks.inRange("from", from, 0, striped.length - 1);
        Checks.inRange("to", to, 0, striped.length - 1);
        Checks.inRange("pages", pages, 1, Long.MAX_VALUE);
        Optional<Zone> source = zone(from, ZoneKind.MOVABLE);
        Optional<Zone> target = zone(to, ZoneKind.MOVABLE);
        if (from == to || source.isEmpty() || target.isEmpty() || !compacting.compareAndSet(false, true)) {
            return 0;
        }
        try {
            long moved = new Migrator(this, source.get(), target.get()).run(pages);
            nodeCounts.migrated(from, to, moved);
            return moved;
        } finally {
            compacting.set(false);
        }
    }

    /**
     * Gives free spans back to the budget, as it does when somebody is refused memory; hot lists are emptied first, those of threads when they are next
     * used.
     *
     * @param bytes how much is wanted, at least 1
     * @return bytes that were given back, a multiple of {@link #SPAN_BYTES}
     */
    public long trim(long bytes) {
        Checks.inRange("bytes", bytes, 1, Long.MAX_VALUE);
        drain();
        return trimmer.shrink(bytes);
    }

    /** Bytes that are charged to the budget and in no block, but for those in hot lists. */
    public long bytesAtHand() {
        return zones.all().stream().mapToLong(Zone::bytesAtHand).sum();
    }

    /** Bytes that are charged to the budget for blocks and for what is at hand; descriptions of pages are not among them. */
    public long chargedBytes() {
        return memory.takenBytes();
    }

    /**
     * Number of the span in which an address lies: of memory that is taken from the budget and given back together.
     *
     * @param address of memory that a handle of this allocator named once
     */
    public int spanOf(long address) {
        return (int) ((address - memory.address()) / SPAN_BYTES);
    }

    /** The owner with a number. */
    PageOwner owner(int id) {
        return Objects.requireNonNull(owners[id]);
    }

    private int compact(Zone zone, int groups) {
        if (zone.place.kind() == ZoneKind.LARGE || !compacting.compareAndSet(false, true)) {
            return 0;
        }
        try {
            return new Compactor(this, zone).run(groups);
        } finally {
            compacting.set(false);
        }
    }

    /**
     * Frees a block.
     *
     * @throws IllegalStateException when the handle was freed before
     * @throws IllegalArgumentException when no allocator makes such a handle
     */
    public void free(long handle) {
        Zone.Place place = zoneOf(handle).place;
        boolean cold = place.kind() == ZoneKind.DMA || place.kind() == ZoneKind.LARGE;
        if (cold || !striped[place.node()].tryFree(handle)) {
            freeCold(handle);
        }
    }

    void freeCold(long handle) {
        Zone zone = zoneOf(handle);
        int word = zone.word(PageHandle.page(handle));
        claim(zone, handle, word);
        zone.free(PageHandle.page(handle), zone.order(word), PageWords.owner(word));
    }

    /** Takes a block back that was moved from, or to which nothing could be moved. */
    void freeCopied(long handle) {
        Zone zone = zoneOf(handle);
        int word = zone.word(PageHandle.page(handle));
        claim(zone, handle, word);
        zone.freeCopied(PageHandle.page(handle), zone.order(word), PageWords.owner(word));
    }

    /** Claims a block that is in use under a handle, and no other. */
    static void claim(Zone zone, long handle, int word) {
        if (!isUsed(handle, word) || !zone.claim(PageHandle.page(handle), word)) {
            throw stale(handle);
        }
    }

    private static boolean isUsed(long handle, int word) {
        return PageWords.state(word) == PageWords.USED && PageWords.generation(word) == PageHandle.generation(handle);
    }

    private static IllegalStateException stale(long handle) {
        return new IllegalStateException("page=" + PageHandle.page(handle) + " generation="
                + PageHandle.generation(handle) + ": the block was freed before, or never allocated");
    }

    /** The owner of the block that a handle names. */
    PageOwner ownerOf(long handle, int word) {
        if (!isUsed(handle, word)) {
            throw stale(handle);
        }
        return owner(PageWords.owner(word));
    }

    Zone zoneOf(long handle) {
        if (!PageHandle.isOne(handle)) {
            throw new IllegalArgumentException("handle=" + handle + ", allowed: one that an allocation gave");
        }
        return zones.of(PageHandle.page(handle));
    }

    private int usedOrder(long handle) {
        Zone zone = zoneOf(handle);
        int word = zone.word(PageHandle.page(handle));
        if (!isUsed(handle, word)) {
            throw stale(handle);
        }
        return zone.order(word);
    }

    /**
     * The address of a block in use; only the package {@code io.vexel.memory.raw} can read there.
     *
     * @throws IllegalStateException when the handle was freed before
     */
    public long address(long handle) {
        usedOrder(handle);
        return memory.address() + ((long) PageHandle.page(handle) << Zone.PAGE_SHIFT);
    }

    /**
     * The memory of a block in use.
     *
     * @throws IllegalStateException when the handle was freed before
     */
    public MemorySegment segment(long handle) {
        return memory.segment(
                (long) PageHandle.page(handle) << Zone.PAGE_SHIFT, (long) PAGE_BYTES << usedOrder(handle));
    }

    /**
     * Says what can be done to the first pages of a block in use. Whoever frees it makes it readable and writable again before.
     *
     * @param bytes a multiple of 4 KiB, at most the block's
     * @throws IllegalStateException when the handle was freed before
     * @throws UnsupportedOperationException where the system cannot protect memory
     */
    public void protect(long handle, long bytes, PageAccess access) {
        Checks.inRange("bytes", bytes, 0, (long) PAGE_BYTES << usedOrder(handle));
        Checks.argument(bytes % PAGE_BYTES == 0, "bytes=" + bytes + ", allowed: a multiple of " + PAGE_BYTES);
        memory.protect((long) PageHandle.page(handle) << Zone.PAGE_SHIFT, bytes, access);
    }

    /** Hot lists for the calling thread, of the node on which it runs now. */
    public HotPages hotPages() {
        return hotPages(currentNode());
    }

    /** Hot lists for the calling thread, of a node. */
    public HotPages hotPages(int node) {
        HotPages pages = new HotPages(this, Checks.inRange("node", node, 0, striped.length - 1));
        handles.add(pages);
        return pages;
    }

    void forget(HotPages pages) {
        synchronized (retired) {
            retired[pages.node()].add(pages.counts);
            handles.remove(pages);
        }
    }

    Optional<Zone> zone(int node, ZoneKind kind) {
        return zones.zone(node, kind);
    }

    boolean isMovable(int owner) {
        return owner(owner).terms().mover().isPresent();
    }

    PageMover mover(int owner) {
        return owner(owner).terms().mover().orElseThrow();
    }

    /** The zones, in the order of their addresses. */
    public List<ZoneStatistics> zoneStatistics() {
        return zones.all().stream().map(Zone::statistics).toList();
    }

    private HotPages.Counts hotCounts() {
        HotPages.Counts sum = new HotPages.Counts();
        for (int node = 0; node < striped.length; node++) {
            sum.add(hotCounts(node));
        }
        return sum;
    }

    private HotPages.Counts hotCounts(int node) {
        HotPages.Counts sum = new HotPages.Counts();
        synchronized (retired) {
            sum.add(retired[node]);
            handles.stream().filter(each -> each.node() == node).forEach(each -> sum.add(each.counts));
        }
        striped[node].addCounts(sum);
        return sum;
    }

    /** Pages in use by owner; owners with none are left out. */
    public Map<String, Long> pagesByOwner() {
        long[] sum = hotCounts().ownerPages;
        zones.all().forEach(zone -> zone.addOwnerPages(sum));
        Map<String, Long> result = new TreeMap<>();
        for (int id = 0; id < ownerCount; id++) {
            PageOwner owner = owner(id);
            if (sum[id] != 0) {
                result.merge(owner.terms().name(), sum[id], Long::sum);
            }
        }
        return result;
    }

    /** Everything together. */
    public MemoryStatistics statistics() {
        return MemoryStatistics.of(budget, List.of(this));
    }

    /** What pages are charged to. */
    public MemoryBudget budget() {
        return budget;
    }

    /** Allocations and frees through hot lists, and bytes that they gave. */
    MemoryStatistics.Hot hot() {
        HotPages.Counts sum = hotCounts();
        return new MemoryStatistics.Hot(sum.allocations, sum.frees, sum.pages << Zone.PAGE_SHIFT);
    }

    long failedAllocations() {
        return failures.sum();
    }

    long cutBytes() {
        return cutBytes.sum();
    }

    /** The nodes, by position. */
    public List<NumaStatistics> numaStatistics() {
        List<HotPages.Counts> hot = new ArrayList<>();
        for (int node = 0; node < striped.length; node++) {
            hot.add(hotCounts(node));
        }
        return nodeCounts.statistics(hot, zoneStatistics());
    }

    /** Bytes of free spans, which {@link #trim} could give back. */
    public long trimmableBytes() {
        return trimmer.reclaimableBytes();
    }

    long metadataBytes() {
        return metadata.byteSize();
    }

    /** Gives all memory back. Pages in use are leaks, which are reported. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            Map<String, Long> leaks = pagesByOwner();
            budget.removeShrinker(trimmer);
            memory.close();
            metadata.close();
            if (!leaks.isEmpty()) {
                options.leaks().accept(leaks);
            }
        }
    }

    /** Gives spans back that nothing is in. */
    private final class FreeSpans implements Shrinker {

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
            return zones.all().stream().mapToLong(Zone::trimmableBytes).sum();
        }

        @Override
        public long shrink(long bytes) {
            long given = 0;
            for (Zone zone : zones.all()) {
                if (given < bytes) {
                    given += zone.trim(bytes - given);
                }
            }
            return given;
        }
    }
}
