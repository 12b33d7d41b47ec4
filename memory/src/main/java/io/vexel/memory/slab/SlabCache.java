package io.vexel.memory.slab;

import io.vexel.memory.zone.PageAllocator;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A cache of objects of one size. Threads of the engine hold a {@link Magazine} each; others call {@link #allocate} and {@link #free} here,
 * which share a few. An object is named by a handle, which is no good any more once the object was freed.
 *
 * <p>Safe for use by any thread; closing it while another uses it is the owner's mistake.
 */
public final class SlabCache implements AutoCloseable {

    /** No object. */
    public static final long NONE = 0;

    private static final int MOST_ROUNDS = 64;
    private static final int LEAST_ROUNDS = 4;

    /** A magazine holds about so many bytes of objects. */
    private static final int MAGAZINE_BYTES = 32 << 10;

    private final SlabAllocator allocator;
    private final List<String> names = new CopyOnWriteArrayList<>();
    private final SlotLayout layout;
    private final SlotTable table;
    private final SlabStore store;
    private final Depot depot = new Depot();
    private final @Nullable ObjectChecks checks;
    private final int rounds;
    private final StripedMagazines striped;
    private final CopyOnWriteArrayList<Magazine> magazines = new CopyOnWriteArrayList<>();
    private final Counts retired = new Counts();
    private final AtomicInteger drains = new AtomicInteger();
    private final LongAdder otherAllocations = new LongAdder();
    private final LongAdder otherFrees = new LongAdder();
    private int users = 1;
    private volatile boolean closed;

    /** What went through magazines. */
    static final class Counts {
        long allocations;
        long frees;

        void add(Magazine magazine) {
            allocations += magazine.allocations;
            frees += magazine.frees;
        }
    }

    /** What a cache gets from its allocator. */
    record Parts(PageAllocator pages, SlabPages.Owners owners, SlotTable table, long seed) {}

    SlabCache(SlabAllocator allocator, SlotLayout layout, Parts parts) {
        CacheSpec spec = layout.spec();
        this.allocator = allocator;
        this.names.add(spec.name());
        this.layout = layout;
        this.table = parts.table;
        this.checks = spec.isChecked()
                ? new ObjectChecks(layout, table, new GuardPages(spec, parts.pages), parts.seed)
                : null;
        this.store = new SlabStore(
                new SlabPages(parts.pages, allocator.options().node(), parts.owners, new Life()),
                layout,
                table,
                spec.has(SlabFlag.RANDOM_PLACE) ? new SplittableRandom(parts.seed) : null);
        this.rounds = checks == null
                ? Math.clamp(Math.min(MAGAZINE_BYTES / layout.slotBytes(), layout.objects()), LEAST_ROUNDS, MOST_ROUNDS)
                : 0;
        this.striped = new StripedMagazines(
                this, Integer.highestOneBit(2 * Runtime.getRuntime().availableProcessors()));
    }

    /** What is done to slabs that come and go. */
    private final class Life implements SlabPages.SlabLife {

        @Override
        public void begin(Slab slab) {
            if (checks != null && layout.spec().has(SlabFlag.POISON)) {
                checks.begin(slab);
                return;
            }
            layout.spec().constructor().ifPresent(constructor -> {
                int first = table.firstSlot(slab.number);
                for (int index = 0; index < slab.objects(); index++) {
                    constructor.construct(table.segment(slab, first + index));
                }
            });
            if (checks != null) {
                checks.begin(slab);
            }
        }

        @Override
        public void end(Slab slab) {
            if (checks != null) {
                List<Misuse> found = new ArrayList<>();
                checks.end(slab, found);
                report(found);
            }
        }

        @Override
        public void abandon(Slab slab) {
            if (checks != null) {
                checks.abandon(slab);
            }
        }
    }

    /** What the cache was made with; of merged caches, the first. */
    public CacheSpec spec() {
        return layout.spec();
    }

    /** The name that the cache was first made with. */
    public String name() {
        return names.getFirst();
    }

    /** A magazine for the calling thread. */
    public Magazine magazine() {
        Magazine magazine = newMagazine();
        magazines.add(magazine);
        return magazine;
    }

    Magazine newMagazine() {
        return new Magazine(this, table, rounds);
    }

    void forget(Magazine magazine) {
        synchronized (retired) {
            retired.add(magazine);
            magazines.remove(magazine);
        }
    }

    /** As {@link Magazine#allocate}, for threads that hold no magazine. */
    public long allocate() {
        long handle = tryAllocate();
        while (handle == NONE) {
            grow();
            handle = tryAllocate();
        }
        return handle;
    }

    private long tryAllocate() {
        return checks == null ? striped.tryAllocate() : tryAllocateChecked();
    }

    /** As {@link Magazine#free}, for threads that hold no magazine. */
    public void free(long handle) {
        table.claim(handle);
        freeClaimed(handle);
    }

    /** Takes back an object whose handle was claimed, past the caller's magazine. */
    void freeClaimed(long handle) {
        if (checks == null) {
            striped.freeClaimed(handle);
        } else {
            freeChecked(handle);
        }
    }

    /**
     * The address of an object; only the package {@code io.vexel.memory.raw} can read there.
     *
     * @throws MisuseException when the handle is not of an object in use
     */
    public long address(long handle) {
        return table.address(handle);
    }

    /**
     * The memory of an object, as long as asked for.
     *
     * @throws MisuseException when the handle is not of an object in use
     */
    public MemorySegment segment(long handle) {
        table.address(handle);
        int slot = SlotTable.slotOf(handle);
        return table.segment(table.slab(slot), slot);
    }

    /** Whether a handle is of an object in use. */
    public boolean isUsed(long handle) {
        return table.isUsed(handle);
    }

    void grow() {
        store.grow();
    }

    SlabStore store() {
        return store;
    }

    Depot depot() {
        return depot;
    }

    SlotTable table() {
        return table;
    }

    /** How often magazines were told to give their objects back. */
    int drains() {
        return drains.get();
    }

    boolean isChecked() {
        return checks != null;
    }

    /** An object of a cache that looks at each; {@link #NONE} when the cache must grow first. What it finds it reports with no lock held. */
    long tryAllocateChecked() {
        if (closed) {
            throw closedException();
        }
        ObjectChecks checker = Objects.requireNonNull(checks);
        List<Misuse> found = new ArrayList<>();
        int[] slot = new int[1];
        boolean ready = false;
        do {
            if (store.take(slot, 1) == 0) {
                return NONE;
            }
            try {
                ready = checker.use(slot[0], found);
            } finally {
                if (!ready) {
                    store.put(slot, 0, 1);
                }
            }
            report(found);
        } while (!ready);
        otherAllocations.increment();
        return table.use(slot[0]);
    }

    /** Takes back a claimed object of a cache that looks at each. */
    void freeChecked(long handle) {
        ObjectChecks checker = Objects.requireNonNull(checks);
        List<Misuse> found = new ArrayList<>();
        int released = checker.retire(SlotTable.slotOf(handle), found);
        otherFrees.increment();
        if (released >= 0) {
            store.put(new int[] {released}, 0, 1);
        }
        report(found);
    }

    void report(List<Misuse> found) {
        List<Misuse> reported = List.copyOf(found);
        found.clear();
        reported.forEach(allocator.options().misuses());
    }

    /**
     * An object for a pool to keep: not in use, and in no magazine.
     *
     * @throws io.vexel.base.CapacityException as {@link #allocate}
     */
    int takeSlot() {
        List<Misuse> found = new ArrayList<>(0);
        int slot = claimSlot(allocate(), found);
        report(found);
        return slot;
    }

    /** Takes an object out of use for a pool to keep. */
    int claimSlot(long handle, List<Misuse> found) {
        table.claim(handle);
        otherFrees.increment();
        int slot = SlotTable.slotOf(handle);
        if (checks != null) {
            checks.close(slot, found);
        }
        return slot;
    }

    /** Takes an object into use that a pool kept. */
    long useSlot(int slot) {
        if (closed) {
            throw closedException();
        }
        otherAllocations.increment();
        if (checks != null) {
            List<Misuse> found = new ArrayList<>(0);
            boolean ready = checks.use(slot, found);
            if (!ready) {
                // What was written is put right by now.
                checks.use(slot, new ArrayList<>(0));
            }
            long handle = table.use(slot);
            report(found);
            return handle;
        }
        return table.use(slot);
    }

    private IllegalStateException closedException() {
        return new IllegalStateException("cache=" + name() + " is closed");
    }

    /** Takes back the first of some objects that a pool kept. */
    void giveSlots(int[] slots, int count) {
        if (!closed) {
            store.put(slots, 0, count);
        }
    }

    /**
     * Looks at all objects of a cache with debugging flags while nobody else uses it: red zones of those in use, poison of the others. What is
     * found goes to the receiver of misuses, once.
     */
    public void verify() {
        if (checks != null) {
            List<Misuse> found = new ArrayList<>();
            store.slabs().forEach(slab -> checks.verify(slab, found));
            report(found);
        }
    }

    /** Objects in use now, by the place in the program that allocated them, where that is known. */
    public LeakReport used() {
        List<String> places = new ArrayList<>();
        for (Slab slab : store.slabs()) {
            int first = table.firstSlot(slab.number);
            for (int slot = first; slot < first + slab.objects(); slot++) {
                if (table.isSlotUsed(slot)) {
                    places.add(checks == null ? "" : checks.allocatedAt(slot));
                }
            }
        }
        return LeakReport.of(name(), layout.objectBytes(), places);
    }

    /** Gives pages of free slabs back and says how many bytes; magazines of threads are emptied when these next find them empty or full. */
    public long shrink(long bytes) {
        drains.incrementAndGet();
        striped.tryDrain();
        for (int[] full = depot.takeFull(); full != null; full = depot.takeFull()) {
            store.put(full, 0, rounds);
        }
        if (checks != null) {
            int[] released = checks.release();
            store.put(released, 0, released.length);
        }
        return store.trim(bytes);
    }

    /**
     * As {@link #shrink} of everything; and when no object is in use and none is at hand in a magazine of another thread, what is known of their handles goes,
     * too, so that nothing is left. For owners that keep none of them: a handle that was freed before is good again by chance from then on, one of some million.
     *
     * @return bytes of pages that were given back
     */
    public long forget() {
        long given = shrink(Long.MAX_VALUE);
        return given + store.trimWords();
    }

    /** About how many bytes {@link #shrink} could give back. */
    long reclaimableBytes() {
        return (long) store.counts().emptySlabs() * layout.slabBytes();
    }

    /** Figures of now. */
    public SlabStatistics statistics() {
        Counts sum = new Counts();
        synchronized (retired) {
            sum.allocations += retired.allocations;
            sum.frees += retired.frees;
            magazines.forEach(sum::add);
        }
        striped.addCounts(sum);
        sum.allocations += otherAllocations.sum();
        sum.frees += otherFrees.sum();
        SlabStore.Counts slabs = store.counts();
        return new SlabStatistics(
                List.copyOf(names),
                new SlabStatistics.Size(
                        layout.objectBytes(),
                        layout.slotBytes(),
                        layout.objects(),
                        layout.slabBytes() / PageAllocator.PAGE_BYTES,
                        rounds),
                new SlabStatistics.Objects(
                        sum.allocations - sum.frees, (long) slabs.slabs() * layout.objects(), slabs.freeSlots()),
                new SlabStatistics.Slabs(
                        slabs.slabs(), slabs.emptySlabs(), slabs.wordPages() * (long) PageAllocator.PAGE_BYTES),
                new SlabStatistics.Events(sum.allocations, sum.frees, slabs.grown(), slabs.shrunk()));
    }

    /** Another user, under a name of its own; with the monitor of the allocator. */
    void join(String name) {
        users++;
        names.add(name);
    }

    /** Whether a cache of such objects may be this one, too. */
    boolean canBe(SlotLayout other) {
        return layout.spec().has(SlabFlag.MERGE)
                && other.spec().has(SlabFlag.MERGE)
                && layout.slotBytes() == other.slotBytes()
                && layout.spec().alignment() == other.spec().alignment()
                && layout.objectBytes() == other.objectBytes();
    }

    /**
     * Gives everything back, once the last of merged caches is closed. Objects that are in use are leaks, which are reported, and their handles
     * are no good any more; magazines are closed.
     */
    @Override
    public void close() {
        if (allocator.leave(this)) {
            release();
        }
    }

    /** Closes it however many users it has. */
    void closeForAll() {
        users = 1;
        close();
    }

    private void release() {
        closed = true;
        magazines.forEach(Magazine::abandon);
        striped.abandon();
        verify();
        LeakReport leaks = used();
        store.close();
        if (!leaks.isEmpty()) {
            allocator.options().leaks().accept(leaks);
        }
    }

    /** Whether the last user left; with the monitor of the allocator. */
    boolean leave() {
        return !closed && --users == 0;
    }
}
