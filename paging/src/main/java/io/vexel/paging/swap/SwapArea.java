package io.vexel.paging.swap;

import io.vexel.base.CapacityException;
import io.vexel.base.Checks;
import io.vexel.base.ClosedException;
import io.vexel.base.CorruptionException;
import io.vexel.base.DeviceException;
import io.vexel.base.TimeSource;
import io.vexel.base.Uninterruptibles;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.lang.foreign.MemorySegment;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Slots for pages on one or more devices. A write says in which slot a page went; that number is all that reading it takes.
 *
 * <p>Safe for use by any thread, as long as a slot is not freed while it is read by number. Work is done in one of {@value #LANES} lanes, each
 * with a cipher and a buffer made at the start; a thread waits for a free one, and never for memory.
 *
 * <p>A failed write is made again into other slots, {@value #TRIES} in all, and the slots it failed on are not used again; a space on which
 * too many writes failed in a row is given up, its pages stay readable. A failed read is made again once.
 */
public final class SwapArea implements AutoCloseable {

    /** Most pages that are read at once. */
    public static final int MAX_CLUSTER_PAGES = 16;

    private static final int LANES = 2;
    private static final int TRIES = 3;
    private static final int SPACE_SHIFT = 40;
    private static final long SLOT_MASK = (1L << SPACE_SHIFT) - 1;

    private final int pageBytes;
    private final TimeSource time;
    private final List<SlotTable> tables = new ArrayList<>();
    private final List<Lane> lanes = new ArrayList<>();
    private final BlockingQueue<Lane> idle = new ArrayBlockingQueue<>(LANES);
    private final AtomicLong sequence = new AtomicLong();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final LongAdder pagesOut = new LongAdder();
    private final LongAdder pagesIn = new LongAdder();
    private final LongAdder pagesAhead = new LongAdder();
    private final LongAdder failedWrites = new LongAdder();
    private final LongAdder failedReads = new LongAdder();
    private final LongAdder damagedPages = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder nanosOut = new LongAdder();
    private final LongAdder nanosIn = new LongAdder();

    private record Lane(PageCipher cipher, Region region) {

        MemorySegment buffer(long bytes) {
            return region.segment().asSlice(0, bytes);
        }
    }

    /**
     * Opens an area; what is on the spaces is given up.
     *
     * @param spaces at least one; ranges of one device do not overlap
     * @param pageBytes a power of two, at least the largest sector of the devices, up to 1 MiB
     * @param budget for 32 bytes a slot and the buffers
     * @param random where the key of this area comes from
     * @throws CapacityException when the budget does not allow it
     */
    public static SwapArea open(
            List<SwapSpace> spaces, int pageBytes, MemoryBudget budget, SecureRandom random, TimeSource time) {
        Checks.argument(!spaces.isEmpty(), "spaces=[], allowed: at least one");
        Checks.powerOfTwo("pageBytes", pageBytes, 512, 1 << 20);
        for (SwapSpace space : spaces) {
            int sector = space.device().sectorSize();
            Checks.argument(
                    pageBytes % sector == 0, "pageBytes=" + pageBytes + ", allowed: multiples of the sector " + sector);
        }
        checkApart(spaces);
        SwapArea area = new SwapArea(pageBytes, time);
        try {
            area.allocate(spaces, budget, random);
            return area;
        } catch (RuntimeException | Error e) {
            area.close();
            throw e;
        }
    }

    private static void checkApart(List<SwapSpace> spaces) {
        for (int i = 0; i < spaces.size(); i++) {
            for (int j = 0; j < i; j++) {
                Checks.argument(
                        !spaces.get(i).overlaps(spaces.get(j)),
                        "spaces[" + i + "]=" + spaces.get(i) + ", allowed: one that overlaps none before it");
            }
        }
    }

    private SwapArea(int pageBytes, TimeSource time) {
        this.pageBytes = pageBytes;
        this.time = time;
    }

    /** Bytes of a page. */
    public int pageBytes() {
        return pageBytes;
    }

    /** How many spaces there are. */
    public int spaces() {
        return tables.size();
    }

    private void allocate(List<SwapSpace> spaces, MemoryBudget budget, SecureRandom random) {
        spaces.stream()
                .sorted(Comparator.comparingInt(SwapSpace::priority).reversed())
                .forEach(space -> tables.add(new SlotTable(space, pageBytes, budget)));
        byte[] bytes = new byte[PageCipher.KEY_BYTES];
        random.nextBytes(bytes);
        SecretKeySpec key = new SecretKeySpec(bytes, "AES");
        Arrays.fill(bytes, (byte) 0);
        for (int i = 0; i < LANES; i++) {
            Lane lane = new Lane(
                    new PageCipher(key, pageBytes),
                    Region.allocate(budget, "swap", (long) MAX_CLUSTER_PAGES * pageBytes));
            lanes.add(lane);
            idle.add(lane);
        }
    }

    /**
     * Writes a page into a slot of its own.
     *
     * @param page its number, checked again when it is read
     * @param source as long as a page
     * @return the slot, at least 0
     * @throws CapacityException when all slots are taken
     * @throws DeviceException when the devices fail; the page is in no slot
     */
    public long write(long page, MemorySegment source) {
        checkLength(source);
        long start = time.nanoTime();
        Lane lane = take();
        try {
            long slot = write(lane, page, source);
            pagesOut.increment();
            nanosOut.add(time.nanoTime() - start);
            return slot;
        } finally {
            idle.add(lane);
        }
    }

    private long write(Lane lane, long page, MemorySegment source) {
        @Nullable DeviceException failure = null;
        MemorySegment buffer = lane.buffer(pageBytes);
        int tries = 0;
        int space = 0;
        while (space < tables.size() && tries < TRIES) {
            SlotTable table = tables.get(space);
            int slot = table.take();
            if (slot == SlotTable.NONE) {
                space++;
                continue;
            }
            tries++;
            long number = ((long) space << SPACE_SHIFT) | slot;
            SlotFacts facts = lane.cipher.seal(page, sequence.incrementAndGet(), number, source, buffer);
            try {
                table.space().device().write(table.offset(slot), buffer);
                table.written(slot, facts);
                return number;
            } catch (DeviceException e) {
                table.failed();
                failedWrites.increment();
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
        refused.increment();
        throw new CapacityException("swap slots", 1, 0);
    }

    /**
     * Reads the page in a slot, which stays taken.
     *
     * @param page the number that it was written with
     * @param target as long as a page; unchanged when this throws
     * @throws CorruptionException when the slot does not hold this page as it was written
     * @throws DeviceException when the device fails twice
     */
    public void read(long slot, long page, MemorySegment target) {
        readAhead(slot, page, target, 1, (_, _, _) -> {});
    }

    /**
     * As {@link #read}, and hands on pages that lie behind, read in the same piece. Those that cannot be read are passed over.
     *
     * @param most pages to read in all, 1..{@value #MAX_CLUSTER_PAGES}
     */
    public void readAhead(long slot, long page, MemorySegment target, int most, SwapSink ahead) {
        checkLength(target);
        Checks.inRange("most", most, 1, MAX_CLUSTER_PAGES);
        long start = time.nanoTime();
        SlotTable table = table(slot);
        int first = (int) (slot & SLOT_MASK);
        List<SlotFacts> run = run(table, first, most);
        if (run.isEmpty() || run.getFirst().page() != page) {
            throw new IllegalStateException("slot=" + slot + ", allowed: one that page " + page + " was written into");
        }
        Lane lane = take();
        try {
            MemorySegment buffer = lane.buffer((long) run.size() * pageBytes);
            int read = readTwice(table, first, buffer);
            if (!lane.cipher.open(run.getFirst(), slot, buffer, target)) {
                damagedPages.increment();
                throw new CorruptionException(
                        CorruptionException.NO_BLOCK,
                        "page " + page + " in slot " + slot + " of swap on "
                                + table.space().device().name() + " is not what was written");
            }
            pagesIn.increment();
            for (int i = 1; i < read; i++) {
                handOn(lane, slot + i, run.get(i), buffer.asSlice((long) i * pageBytes, pageBytes), ahead);
            }
            nanosIn.add(time.nanoTime() - start);
        } finally {
            idle.add(lane);
        }
    }

    /** What is in the slots from the first one on, as far as pages lie there. */
    private static List<SlotFacts> run(SlotTable table, int first, int most) {
        List<SlotFacts> run = new ArrayList<>(most);
        for (int i = 0; i < most; i++) {
            SlotFacts facts = table.facts(first + i);
            if (facts == null) {
                break;
            }
            run.add(facts);
        }
        return run;
    }

    /** Fills the buffer, or after a failure its first page alone; how many pages it read. */
    private int readTwice(SlotTable table, int first, MemorySegment buffer) {
        try {
            table.space().device().read(table.offset(first), buffer);
            return (int) (buffer.byteSize() / pageBytes);
        } catch (DeviceException e) {
            failedReads.increment();
            try {
                table.space().device().read(table.offset(first), buffer.asSlice(0, pageBytes));
                return 1;
            } catch (DeviceException again) {
                failedReads.increment();
                again.addSuppressed(e);
                throw again;
            }
        }
    }

    private void handOn(Lane lane, long slot, SlotFacts facts, MemorySegment bytes, SwapSink ahead) {
        boolean whole = lane.cipher.open(facts, slot, bytes, bytes);
        // Who owns that page may have freed the slot meanwhile, and another page may be in it.
        if (!facts.equals(table(slot).facts((int) (slot & SLOT_MASK)))) {
            return;
        }
        if (whole) {
            pagesAhead.increment();
            ahead.accept(slot, facts.page(), bytes);
        } else {
            damagedPages.increment();
        }
    }

    /**
     * Frees a slot.
     *
     * @throws IllegalStateException when no page is in it
     */
    public void free(long slot) {
        if (!table(slot).free((int) (slot & SLOT_MASK))) {
            throw new IllegalStateException("slot=" + slot + ", allowed: one that holds a page");
        }
    }

    private SlotTable table(long slot) {
        long space = slot >> SPACE_SHIFT;
        if (closed.get()) {
            throw new ClosedException("the swap area is closed");
        }
        if (space < 0 || space >= tables.size()) {
            throw new IllegalStateException("slot=" + slot + ", allowed: one that a page was written into");
        }
        return tables.get((int) space);
    }

    private void checkLength(MemorySegment segment) {
        Checks.argument(segment.byteSize() == pageBytes, "byteSize=" + segment.byteSize() + ", allowed: " + pageBytes);
    }

    private Lane take() {
        if (closed.get()) {
            throw new ClosedException("the swap area is closed");
        }
        return Uninterruptibles.take(idle);
    }

    /** What was done so far. */
    public SwapStatistics statistics() {
        return new SwapStatistics(
                tables.stream().mapToLong(SlotTable::slots).sum(),
                tables.stream().mapToLong(SlotTable::usedSlots).sum(),
                tables.stream().mapToLong(SlotTable::failedSlots).sum(),
                tables.stream().filter(SlotTable::isGivenUp).count(),
                pagesOut.sum(),
                pagesIn.sum(),
                pagesAhead.sum(),
                failedWrites.sum(),
                failedReads.sum(),
                damagedPages.sum(),
                refused.sum(),
                nanosOut.sum(),
                nanosIn.sum());
    }

    /** The spaces, in the order in which they are filled. */
    public List<SwapSpaceStatistics> spaceStatistics() {
        return tables.stream().map(SlotTable::statistics).toList();
    }

    /** Gives the memory back. Closing while another thread uses the area is the owner's mistake. The devices stay open. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            tables.forEach(SlotTable::close);
            lanes.forEach(lane -> lane.region.close());
        }
    }
}
