package io.vexel.collection.store;

import io.vexel.base.Bytes;
import io.vexel.base.CapacityException;
import io.vexel.base.CorruptionException;
import io.vexel.collection.CollectionSpec;
import io.vexel.filesystem.FileSystem;
import io.vexel.index.ChunkLease;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The rows of a collection in memory, chunk by chunk, over the file {@code vectors}.
 *
 * <p>A chunk is read from the file when somebody first needs its rows, and then stays. While rows are appended to a chunk that is
 * in memory they are written there first and from there to the file. When the budget refuses, readers go through a scratch
 * buffer and the writer through a buffer of its own.
 *
 * <p>Invariants: rows below {@code Chunk.rows} are in memory and equal to the file, and never change again. Rows behind belong to the
 * one writer. {@code Chunk.rows} is written with the chunk's lock held or by the one writer when no reader can need rows
 * beyond it, and read as volatile. Memory that a chunk outgrew is kept until close, because readers may still look at it;
 * it is less than what the chunk takes.
 *
 * <p>A chunk all of whose rows were given up leaves memory in two steps: {@link #giveUp} hides it, and when all that may still look at it have
 * ended, {@link #free} frees what it took. It is never held again: who asks for its rows, as only a damaged index does, reads the file.
 */
final class VectorChunks implements AutoCloseable {

    private static final String OWNER = "vectors";
    private static final long SMALLEST_REGION = 64 * Bytes.KIB;

    private final FileSystem files;
    private final long inode;
    private final int rowBytes;
    private final ChunkShape shape;
    private final int rowShift;
    private final MemoryBudget budget;
    private final ScratchPool scratch;
    private final AtomicLong residentBytes = new AtomicLong();
    private volatile Chunk[] chunks = {};

    VectorChunks(FileSystem files, long inode, CollectionSpec spec, MemoryBudget budget, ScratchPool scratch) {
        this.files = files;
        this.inode = inode;
        this.rowBytes = spec.rowBytes();
        this.shape = ChunkShape.of(rowBytes);
        this.rowShift = Integer.numberOfTrailingZeros(shape.rows());
        this.budget = budget;
        this.scratch = scratch;
        scratch.reserve(shape.bytes());
    }

    private static final class Chunk {
        final ReentrantLock lock = new ReentrantLock();
        final List<Region> outgrown = new ArrayList<>();
        volatile Optional<Region> region = Optional.empty();
        /** Of the region; 0 without one. */
        volatile long address;

        volatile int rows;

        /** All rows of the full chunk were given up; set once, with the lock. */
        volatile boolean givenUp;
    }

    private record ResidentLease(long address, int rowCount) implements ChunkLease {

        @Override
        public void close() {
            // The rows stay; the reader's view keeps the collection open.
        }
    }

    private final class ScratchLease implements ChunkLease {

        private final Region buffer;
        private final int rowCount;

        ScratchLease(Region buffer, int rowCount) {
            this.buffer = buffer;
            this.rowCount = rowCount;
        }

        @Override
        public long address() {
            return buffer.address();
        }

        @Override
        public int rowCount() {
            return rowCount;
        }

        @Override
        public void close() {
            scratch.giveBack(buffer);
        }
    }

    int rowsPerChunk() {
        return shape.rows();
    }

    /** Bytes of memory that hold rows. */
    long residentBytes() {
        return residentBytes.get();
    }

    /**
     * Makes rows readable.
     *
     * @param rows how many of the chunk's first rows are needed; they are in the file
     */
    ChunkLease lease(int index, int rows) {
        Chunk chunk = chunk(index);
        if (chunk.rows < rows && !load(chunk, index, rows)) {
            return leaseScratch(index, rows);
        }
        return new ResidentLease(chunk.region.orElseThrow().address(), rows);
    }

    private ChunkLease leaseScratch(int index, int rows) {
        Region buffer = scratch.take();
        try {
            read(index, 0, buffer.segment().asSlice(0, (long) rows * rowBytes));
            return new ScratchLease(buffer, rows);
        } catch (RuntimeException | Error e) {
            scratch.giveBack(buffer);
            throw e;
        }
    }

    private boolean load(Chunk chunk, int index, int rows) {
        chunk.lock.lock();
        try {
            int present = chunk.rows;
            if (present >= rows) {
                return true;
            }
            if (chunk.givenUp || !makeRoom(chunk, rows)) {
                return false;
            }
            MemorySegment memory = chunk.region.orElseThrow().segment();
            read(index, present, memory.asSlice((long) present * rowBytes, (long) (rows - present) * rowBytes));
            chunk.rows = rows;
            return true;
        } finally {
            chunk.lock.unlock();
        }
    }

    /**
     * Where a row lies in memory; stays readable until it is given up. 0 when its chunk is not in memory and the budget does not let it in.
     *
     * @param rowCount rows that are in the file; the row is one of them
     */
    long address(long ordinal, long rowCount) {
        int index = (int) (ordinal >>> rowShift);
        int row = (int) ordinal & (shape.rows() - 1);
        Chunk[] known = chunks;
        if (index < known.length) {
            Chunk chunk = known[index];
            // The count comes first: the region that holds so many rows was there before it.
            if (row < chunk.rows) {
                return chunk.address + (long) row * rowBytes;
            }
        }
        Chunk chunk = chunk(index);
        int rows = (int) Math.min(shape.rows(), rowCount - ((long) index << rowShift));
        return load(chunk, index, rows) ? chunk.address + (long) row * rowBytes : 0;
    }

    /** Reads rows into {@code target} without making them stay, for somebody who wants a single row. */
    void readRows(long firstOrdinal, MemorySegment target) {
        int index = (int) (firstOrdinal / shape.rows());
        int first = (int) (firstOrdinal % shape.rows());
        Chunk chunk = chunk(index);
        if (first + target.byteSize() / rowBytes <= chunk.rows) {
            MemorySegment memory = chunk.region.orElseThrow().segment();
            MemorySegment.copy(memory, (long) first * rowBytes, target, 0, target.byteSize());
        } else {
            read(index, first, target);
        }
    }

    private void read(int index, int firstRow, MemorySegment target) {
        long offset = ((long) index * shape.rows() + firstRow) * rowBytes;
        long got = files.read(inode, offset, target);
        if (got != target.byteSize()) {
            throw new CorruptionException(
                    CorruptionException.NO_BLOCK,
                    "vectors: the file ends at byte " + (offset + got) + ", expected at least "
                            + (offset + target.byteSize()));
        }
    }

    /**
     * Where the writer may put rows before it writes them to the file; empty when it needs a buffer of its own. Room that is in
     * memory is part of the chunk, so what is written there needs no second copy.
     *
     * @param firstOrdinal the first row behind those that exist
     * @param count rows, all in the chunk of the first
     */
    Optional<MemorySegment> room(long firstOrdinal, int count) {
        int index = (int) (firstOrdinal / shape.rows());
        int first = (int) (firstOrdinal % shape.rows());
        Chunk chunk = chunk(index);
        chunk.lock.lock();
        try {
            boolean unread = chunk.rows == 0 && first > 0;
            if (unread || !makeRoom(chunk, first + count)) {
                return Optional.empty();
            }
            MemorySegment memory = chunk.region.orElseThrow().segment();
            if (chunk.rows < first) {
                read(
                        index,
                        chunk.rows,
                        memory.asSlice((long) chunk.rows * rowBytes, (long) (first - chunk.rows) * rowBytes));
                chunk.rows = first;
            }
            return Optional.of(memory.asSlice((long) first * rowBytes, (long) count * rowBytes));
        } finally {
            chunk.lock.unlock();
        }
    }

    /** Says that the rows which {@link #room} gave room for are in the file. */
    void filled(long firstOrdinal, int count) {
        Chunk chunk = chunk((int) (firstOrdinal / shape.rows()));
        chunk.rows = (int) (firstOrdinal % shape.rows()) + count;
    }

    /** With the chunk's lock: memory for so many rows; false when the budget refuses. */
    private boolean makeRoom(Chunk chunk, int rows) {
        long needed = (long) rows * rowBytes;
        long present = chunk.region.map(Region::byteSize).orElse(0L);
        if (needed <= present) {
            return true;
        }
        long wanted = Math.min(shape.bytes(), Math.max(SMALLEST_REGION, Long.highestOneBit(2 * needed - 1)));
        if (budget.availableBytes() < wanted) {
            return false;
        }
        try {
            Region larger = Region.allocate(budget, OWNER, wanted);
            chunk.region.ifPresent(outgrown -> {
                MemorySegment.copy(outgrown.segment(), 0, larger.segment(), 0, (long) chunk.rows * rowBytes);
                chunk.outgrown.add(outgrown);
            });
            chunk.region = Optional.of(larger);
            chunk.address = larger.address();
            residentBytes.addAndGet(larger.byteSize());
            return true;
        } catch (CapacityException e) {
            // Somebody else took the bytes between the look and the reservation.
            return false;
        }
    }

    /**
     * Hides full chunks whose rows were all given up. Their memory stays for those who look at it already.
     *
     * @param given tells of a first row and a count whether all of these rows were given up
     * @param rowCount rows there are
     * @return for {@link #free}, when nobody looks any more
     */
    Hidden giveUp(RowRange given, long rowCount) {
        List<Chunk> hidden = new ArrayList<>();
        for (int index = 0; index < rowCount >>> rowShift; index++) {
            Chunk chunk = chunk(index);
            if (!chunk.givenUp && given.test((long) index << rowShift, shape.rows())) {
                chunk.lock.lock();
                try {
                    chunk.givenUp = true;
                    chunk.rows = 0;
                } finally {
                    chunk.lock.unlock();
                }
                hidden.add(chunk);
            }
        }
        return new Hidden(hidden);
    }

    /** A question about consecutive rows. */
    @FunctionalInterface
    interface RowRange {
        boolean test(long firstOrdinal, long count);
    }

    /** Chunks that nobody finds any more. */
    static final class Hidden {

        private final List<Chunk> chunks;

        private Hidden(List<Chunk> chunks) {
            this.chunks = chunks;
        }
    }

    /** Frees the memory of what {@link #giveUp} hid. */
    void free(Hidden hidden) {
        for (Chunk chunk : hidden.chunks) {
            List<Region> regions = new ArrayList<>(chunk.outgrown);
            chunk.region.ifPresent(regions::add);
            chunk.outgrown.clear();
            chunk.address = 0;
            chunk.region = Optional.empty();
            for (Region region : regions) {
                residentBytes.addAndGet(-region.byteSize());
                region.close();
            }
        }
    }

    private Chunk chunk(int index) {
        Chunk[] known = chunks;
        return index < known.length ? known[index] : grow(index);
    }

    private synchronized Chunk grow(int index) {
        Chunk[] known = chunks;
        if (index >= known.length) {
            Chunk[] grown = Arrays.copyOf(known, Math.max(index + 1, known.length + (known.length >> 1)));
            for (int i = known.length; i < grown.length; i++) {
                grown[i] = new Chunk();
            }
            chunks = grown;
        }
        return chunks[index];
    }

    /** Frees all memory; nobody reads or writes any more. */
    @Override
    public void close() {
        for (Chunk chunk : chunks) {
            chunk.region.ifPresent(Region::close);
            chunk.outgrown.forEach(Region::close);
        }
        chunks = new Chunk[0];
        residentBytes.set(0);
    }
}
