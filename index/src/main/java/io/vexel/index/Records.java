package io.vexel.index;

import io.vexel.base.Checks;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;

/**
 * Records of one size in off-heap chunks of 2 MiB that never move, numbered from 0. A record lies within a chunk; a chunk is
 * {@value #PAGES_PER_CHUNK} pages of a checkpoint, and remembers which of them changed, and which records.
 *
 * <p>Addresses may be read and pages marked by any thread; {@link #ensure} is synchronized; saving and loading are alone.
 * The arrays of chunks are replaced when they grow, so a reader that found a record's number also finds its chunk.
 */
final class Records implements AutoCloseable {

    static final int CHUNK_BYTES = 2 << 20;
    static final int PAGES_PER_CHUNK = CHUNK_BYTES / DerivedIndex.CheckpointSink.PAGE_BYTES;

    private static final int PAGE_BYTES = DerivedIndex.CheckpointSink.PAGE_BYTES;
    private static final int NUMBER_BITS = 31;

    private final MemoryBudget budget;
    private final String owner;
    private final int recordBytes;
    private final int recordsPerChunk;
    private final int shift;
    private final long reciprocal;
    private volatile Chunk[] chunks = {};
    private volatile long[] addresses = {};

    /** Memory of some records; bit {@code p} of {@code changed} says that page {@code p} changed since it was saved. */
    private static final class Chunk {

        private static final VarHandle CHANGED;

        static {
            try {
                CHANGED = MethodHandles.lookup().findVarHandle(Chunk.class, "changed", int.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        final Region region;
        volatile int changed;

        /** A bit a record. */
        final AtomicIntegerArray changedRecords;

        Chunk(Region region, int records) {
            this.region = region;
            changedRecords = new AtomicIntegerArray(Math.ceilDiv(records, Integer.SIZE));
        }

        void countChanged(int record) {
            int bit = 1 << record;
            if ((changedRecords.get(record / Integer.SIZE) & bit) == 0) {
                changedRecords.getAndAccumulate(record / Integer.SIZE, bit, (old, added) -> old | added);
            }
        }

        long changedCount() {
            return IntStream.range(0, changedRecords.length())
                    .map(i -> Integer.bitCount(changedRecords.get(i)))
                    .sum();
        }

        void saved() {
            changed = 0;
            for (int i = 0; i < changedRecords.length(); i++) {
                changedRecords.set(i, 0);
            }
        }

        void markChanged(int pages) {
            if ((changed & pages) != pages) {
                CHANGED.getAndBitwiseOr(this, pages);
            }
        }

        MemorySegment pages(int first, int count) {
            return region.segment().asSlice((long) first * PAGE_BYTES, (long) count * PAGE_BYTES);
        }
    }

    /** @param recordBytes a multiple of 4, at most {@link #CHUNK_BYTES} */
    Records(MemoryBudget budget, String owner, int recordBytes) {
        this.budget = budget;
        this.owner = owner;
        this.recordBytes = Checks.inRange("recordBytes", recordBytes, 4, CHUNK_BYTES);
        recordsPerChunk = CHUNK_BYTES / recordBytes;
        // Exact for all numbers below 2^31: the error of the rounded reciprocal stays below 1 / recordsPerChunk.
        shift = NUMBER_BITS + Integer.SIZE - Integer.numberOfLeadingZeros(recordsPerChunk - 1);
        reciprocal = Math.ceilDiv(1L << shift, recordsPerChunk);
    }

    /** Native address of a record that {@link #ensure} has made room for. */
    long address(int number) {
        int chunk = chunkOf(number);
        return addresses[chunk] + (long) (number - chunk * recordsPerChunk) * recordBytes;
    }

    private int chunkOf(int number) {
        return (int) ((number * reciprocal) >>> shift);
    }

    /**
     * Makes room for records 0 to {@code count - 1}; new ones are zero.
     *
     * @throws io.vexel.base.CapacityException when the budget refuses; there is room for as many as before then, or for more
     */
    synchronized void ensure(long count) {
        long needed = Math.ceilDiv(count, recordsPerChunk);
        while (chunks.length < needed) {
            Chunk chunk = new Chunk(Region.allocate(budget, owner, CHUNK_BYTES), recordsPerChunk);
            long[] grownAddresses = Arrays.copyOf(addresses, addresses.length + 1);
            Chunk[] grown = Arrays.copyOf(chunks, chunks.length + 1);
            grownAddresses[chunks.length] = chunk.region.address();
            grown[chunks.length] = chunk;
            addresses = grownAddresses;
            chunks = grown;
        }
    }

    /**
     * As {@link #ensure}, for a row that is inserted.
     *
     * @throws io.vexel.base.CapacityException also when too little {@linkplain Headroom headroom} would be left
     */
    synchronized void grow(long count) {
        long missing = Math.ceilDiv(count, recordsPerChunk) - chunks.length;
        Headroom.check(budget, owner, Math.max(0, missing) * CHUNK_BYTES);
        ensure(count);
    }

    /** Remembers that a record must be saved again. */
    void markChanged(int number) {
        int chunk = chunkOf(number);
        int first = (number - chunk * recordsPerChunk) * recordBytes;
        int firstPage = first / PAGE_BYTES;
        int lastPage = (first + recordBytes - 1) / PAGE_BYTES;
        int pages = (-1 >>> (Integer.SIZE - 1 - (lastPage - firstPage))) << firstPage;
        chunks[chunk].markChanged(pages);
        countChanged(number);
    }

    /** Counts a record as changed that is the same itself, because what belongs to it elsewhere changed. */
    void countChanged(int number) {
        int chunk = chunkOf(number);
        chunks[chunk].countChanged(number - chunk * recordsPerChunk);
    }

    /** Records that changed since they were saved. */
    long changedCount() {
        return Arrays.stream(chunks).mapToLong(Chunk::changedCount).sum();
    }

    long memoryBytes() {
        return Arrays.stream(chunks).mapToLong(chunk -> chunk.region.byteSize()).sum();
    }

    /** Gives the changed pages to a sink; they count as changed until {@link #saved}. */
    void save(int space, DerivedIndex.CheckpointSink sink) {
        for (int c = 0; c < chunks.length; c++) {
            for (int left = chunks[c].changed; left != 0; left &= left - 1) {
                int page = Integer.numberOfTrailingZeros(left);
                sink.page(space, (long) c * PAGES_PER_CHUNK + page, chunks[c].pages(page, 1));
            }
        }
    }

    /** Nothing counts as changed any more. */
    void saved() {
        for (Chunk chunk : chunks) {
            chunk.saved();
        }
    }

    /** Everything counts as changed. */
    void forgetSaved() {
        for (Chunk chunk : chunks) {
            chunk.changed = -1;
        }
    }

    /** Reads the pages of records 0 to {@code count - 1}. */
    void load(int space, DerivedIndex.CheckpointSource source, int count) {
        ensure(count);
        long whole = count / recordsPerChunk;
        long others = (long) (count % recordsPerChunk) * recordBytes;
        long pages = whole * PAGES_PER_CHUNK + Math.ceilDiv(others, PAGE_BYTES);
        PageRuns.load(
                source,
                space,
                pages,
                PAGES_PER_CHUNK,
                (first, some) -> chunks[(int) (first / PAGES_PER_CHUNK)].pages(0, (int) some));
    }

    @Override
    public synchronized void close() {
        for (Chunk chunk : chunks) {
            chunk.region.close();
        }
        chunks = new Chunk[0];
        addresses = new long[0];
    }
}
