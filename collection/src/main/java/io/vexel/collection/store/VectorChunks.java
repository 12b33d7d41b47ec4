package io.vexel.collection.store;

import io.vexel.base.Bytes;
import io.vexel.base.CorruptionException;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.indexing.GracePeriod;
import io.vexel.filesystem.FileSystem;
import io.vexel.index.ChunkLease;
import io.vexel.memory.Region;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongPredicate;

/**
 * The rows of a collection in memory, chunk by chunk, over the file {@code vectors}.
 *
 * <p>A chunk is read from the file when somebody first needs its rows, and then stays as long as nobody else needs the memory. While rows are
 * appended to a chunk that is in memory they are written there first and from there to the file. What does not fit is read by other ways: single
 * rows through a {@linkplain CachedRows cache}, scans through a scratch buffer; the writer has a buffer of its own. A single row brings
 * its chunk in only when all other rows of the collection would fit, too: as chunks, the first rows would take the memory that the cache needs
 * for those that are asked for again and again. And only when reading rows of the chunk one by one has cost about as much as reading all of it: so the
 * first searches after opening do not wait for chunks of which they need a row each, and all reads together cost at most twice what the better way
 * would have cost ("ski rental": Karlin, Manasse, Rudolph, Sleator, 1988).
 *
 * <pre>
 *              load, room                  hide                  free, once readers have left
 *   ABSENT ----------------> RESIDENT ------------> HIDDEN ------------------------------------> ABSENT
 *                               |                 no rows, nothing loads
 *                               |  giveUp                         free
 *                               +-----------------> GIVEN UP ----------> no memory, for ever
 * </pre>
 *
 * <p>Invariants: rows below {@code Chunk.rows} are in memory and equal to the file, and never change again. Rows behind belong to the
 * one writer. {@code Chunk.rows} is written with the chunk's lock held or by the one writer when no reader can need rows
 * beyond it, and read as volatile. Who uses addresses of rows has entered {@code readers}; memory of rows is freed when all have left who had
 * entered before it was hidden. Until then the chunk keeps its region and gets no other, so whoever saw its rows finds them. Memory that a
 * chunk outgrew is freed with the chunk; it is less than what the chunk takes.
 *
 * <p>A chunk all of whose rows were given up leaves memory in two steps: {@link #giveUp} hides it, and when all that may still look at it have
 * ended, {@link #free} frees what it took. It is never held again: who asks for its rows, as only a damaged index does, reads the file.
 */
final class VectorChunks implements AutoCloseable {

    private static final String OWNER = "vectors";
    private static final long SMALLEST_REGION = 64 * Bytes.KIB;
    private static final long SCRATCH_BYTES = Bytes.MIB;

    /** A device reads about so much in the time in which it answers one small read more. */
    private static final long BYTES_PER_READ = 64 * Bytes.KIB;

    private final FileSystem files;
    private final long inode;
    private final int rowBytes;
    private final ChunkShape shape;
    private final int rowShift;
    private final ChunkMemory memory;
    private final ScratchPool scratch;
    private final CachedRows cached;
    private final GracePeriod readers;
    private final AtomicLong residentBytes = new AtomicLong();
    private final AtomicLong hiddenBytes = new AtomicLong();
    /** Guarded by itself. */
    private final ArrayDeque<Leaving> leaving = new ArrayDeque<>();

    private volatile Chunk[] chunks = {};

    /**
     * Nothing is in memory.
     *
     * @param inode of the file {@code vectors}
     * @param readers who uses addresses of rows enters here before he asks for them, and leaves when he has done
     */
    VectorChunks(StoreContext context, long inode, CollectionSpec spec, GracePeriod readers) {
        this.files = context.files();
        this.inode = inode;
        this.rowBytes = spec.rowBytes();
        this.shape = ChunkShape.of(rowBytes);
        this.rowShift = Integer.numberOfTrailingZeros(shape.rows());
        this.memory = context.chunks();
        this.scratch = context.scratch();
        this.cached = new CachedRows(context.entries(), rowBytes, this::read);
        this.readers = readers;
        scratch.reserve(scratchBytes(rowBytes));
        memory.add(this);
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

        /** Hidden, and not freed yet; with the lock. */
        boolean hidden;

        /** The writer lays rows in it and writes them from there; with the lock. */
        boolean laying;

        /** Rows that were read one by one since it was last in memory; about, since threads do not count together. */
        volatile int readAlone;

        long bytes() {
            return region.map(Region::byteSize).orElse(0L)
                    + outgrown.stream().mapToLong(Region::byteSize).sum();
        }
    }

    /** Chunks that are freed when a period is over. */
    private record Leaving(long period, List<Chunk> chunks, long bytes) {}

    private record ResidentLease(long address, int rowEnd) implements ChunkLease {

        @Override
        public void close() {
            // The reader is inside until it has done, and the rows stay as long.
        }
    }

    private final class ScratchLease implements ChunkLease {

        private final Region buffer;
        private final int first;
        private final int rowEnd;

        ScratchLease(Region buffer, int first, int rowEnd) {
            this.buffer = buffer;
            this.first = first;
            this.rowEnd = rowEnd;
        }

        @Override
        public long address() {
            return buffer.address() - (long) first * rowBytes;
        }

        @Override
        public int rowEnd() {
            return rowEnd;
        }

        @Override
        public void close() {
            scratch.giveBack(buffer);
        }
    }

    /** Bytes of a scratch buffer that rows of a length need: some that are worth a read of their own, and one at least. */
    static long scratchBytes(int rowBytes) {
        return Math.max(SCRATCH_BYTES, rowBytes);
    }

    int rowsPerChunk() {
        return shape.rows();
    }

    /** Bytes of memory that hold rows. */
    long residentBytes() {
        return residentBytes.get();
    }

    /**
     * Makes rows readable for somebody who reads many of them: all of the chunk where it is in memory or comes in, otherwise as many as a scratch buffer
     * holds.
     *
     * @param first row of the chunk from which on they are needed
     * @param end row of the chunk before which they are needed
     * @param rows of the chunk that are in the file
     */
    ChunkLease lease(int index, int first, int end, int rows) {
        Chunk chunk = chunk(index);
        if (chunk.rows < rows && !load(chunk, index, rows)) {
            return leaseScratch(index, first, end);
        }
        return new ResidentLease(chunk.region.orElseThrow().address(), rows);
    }

    private ChunkLease leaseScratch(int index, int first, int end) {
        Region buffer = scratch.take();
        try {
            int count = (int) Math.min(end - first, buffer.byteSize() / rowBytes);
            read(index, first, buffer.segment().asSlice(0, (long) count * rowBytes));
            return new ScratchLease(buffer, first, first + count);
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
            if (chunk.givenUp || chunk.hidden || !makeRoom(chunk, rows, memory::mayLoad)) {
                return false;
            }
            MemorySegment target = chunk.region.orElseThrow().segment();
            read(index, present, target.asSlice((long) present * rowBytes, (long) (rows - present) * rowBytes));
            chunk.rows = rows;
            chunk.readAlone = 0;
            return true;
        } finally {
            chunk.lock.unlock();
        }
    }

    /**
     * Where a row lies in memory; stays readable until the caller leaves the readers. 0 when its chunk is not in memory and does not come in, or not
     * yet: then the caller reads the row.
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
        if (!fits(rowCount)) {
            return 0;
        }
        Chunk chunk = chunk(index);
        int rows = (int) Math.min(shape.rows(), rowCount - ((long) index << rowShift));
        return isWorthLoading(chunk, rows) && load(chunk, index, rows) ? chunk.address + (long) row * rowBytes : 0;
    }

    /** Counts a row that is about to be read by itself; true when that would be one too many. */
    private boolean isWorthLoading(Chunk chunk, int rows) {
        int alone = chunk.readAlone;
        boolean worth = (alone + 1) * BYTES_PER_READ >= (long) (rows - chunk.rows) * rowBytes;
        if (!worth) {
            chunk.readAlone = alone + 1;
        }
        return worth;
    }

    /** Whether all rows that are not in memory would fit there. */
    private boolean fits(long rowCount) {
        return memory.mayLoad(Math.max(0, rowCount * rowBytes - residentBytes.get()));
    }

    /**
     * Copies rows without bringing their chunk in: a single one through the cache where not all rows of the collection fit into memory, several past
     * it.
     *
     * @param target as long as the rows, which all lie in one chunk
     * @param rowCount rows that are in the file and durable; those are among them
     */
    void readRows(long firstOrdinal, MemorySegment target, long rowCount) {
        int index = (int) (firstOrdinal / shape.rows());
        int first = (int) (firstOrdinal % shape.rows());
        Chunk chunk = chunk(index);
        long bytes = target.byteSize();
        if (first + bytes / rowBytes <= chunk.rows) {
            MemorySegment.copy(chunk.region.orElseThrow().segment(), (long) first * rowBytes, target, 0, bytes);
        } else if (bytes > rowBytes || fits(rowCount) || !cached.read(firstOrdinal, target, rowCount)) {
            read(index, first, target);
        }
    }

    /**
     * Copies rows that may lie anywhere, as {@link #readRows} does one by one; those that are neither in a chunk nor in the cache are read together.
     *
     * @param count how many of the ordinals count, from the first on
     * @param target as long as the rows, which lie in it one behind the other
     * @param rowCount as for {@link #readRows}
     */
    void readMany(long[] ordinals, int count, MemorySegment target, long rowCount) {
        long[] away = new long[count];
        MemorySegment[] targets = new MemorySegment[count];
        int left = 0;
        for (int i = 0; i < count; i++) {
            MemorySegment row = target.asSlice((long) i * rowBytes, rowBytes);
            Chunk chunk = chunk((int) (ordinals[i] >>> rowShift));
            int inChunk = (int) ordinals[i] & (shape.rows() - 1);
            if (inChunk < chunk.rows) {
                MemorySegment.copy(chunk.region.orElseThrow().segment(), (long) inChunk * rowBytes, row, 0, rowBytes);
            } else {
                away[left] = ordinals[i];
                targets[left++] = row;
            }
        }
        if (left > 0 && !fits(rowCount)) {
            left = cached.readMany(away, targets, left, rowCount);
        }
        read(away, targets, left);
    }

    /** Reads rows, or several from an ordinal on where the target is longer, from the file. */
    private void read(long[] ordinals, MemorySegment[] targets, int count) {
        long[] offsets = new long[count];
        for (int i = 0; i < count; i++) {
            offsets[i] = ordinals[i] * rowBytes;
        }
        long[] got = files.readMany(inode, offsets, targets, count);
        for (int i = 0; i < count; i++) {
            requireWhole(offsets[i], got[i], targets[i].byteSize());
        }
    }

    /** Rows that were read singly and were in the cache. */
    long cacheHits() {
        return cached.hits();
    }

    /** Rows that were read singly and were not in the cache. */
    long cacheMisses() {
        return cached.misses();
    }

    /** Reads of the file for the cache that failed. */
    long failedReads() {
        return cached.failedReads();
    }

    /** Lets go of cached rows with bytes in a range of the file whose blocks were given back. */
    void forget(long offset, long bytes) {
        cached.forget(offset / rowBytes, Bytes.ceilDiv(offset + bytes, rowBytes));
    }

    private void read(int index, int firstRow, MemorySegment target) {
        long offset = ((long) index * shape.rows() + firstRow) * rowBytes;
        requireWhole(offset, files.read(inode, offset, target), target.byteSize());
    }

    private static void requireWhole(long offset, long got, long bytes) {
        if (got != bytes) {
            throw new CorruptionException(
                    CorruptionException.NO_BLOCK,
                    "vectors: the file ends at byte " + (offset + got) + ", expected at least " + (offset + bytes));
        }
    }

    /**
     * Where the writer may put rows before it writes them to the file; empty when it needs a buffer of its own. Room that is in
     * memory is part of the chunk, so what is written there needs no second copy. It stays until {@link #laid}.
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
            if (unread || chunk.hidden) {
                return Optional.empty();
            }
            if (!makeRoom(chunk, first + count, memory::mayLay)) {
                // The last rows are worth more than the first: they are about to be asked for.
                memory.want(0);
                return Optional.empty();
            }
            MemorySegment room = chunk.region.orElseThrow().segment();
            if (chunk.rows < first) {
                read(
                        index,
                        chunk.rows,
                        room.asSlice((long) chunk.rows * rowBytes, (long) (first - chunk.rows) * rowBytes));
                chunk.rows = first;
            }
            chunk.laying = true;
            return Optional.of(room.asSlice((long) first * rowBytes, (long) count * rowBytes));
        } finally {
            chunk.lock.unlock();
        }
    }

    /**
     * Says that the writer needs the room no more which {@link #room} gave.
     *
     * @param count rows in it that are in the file now; 0 when they are not
     */
    void laid(long firstOrdinal, int count) {
        Chunk chunk = chunk((int) (firstOrdinal / shape.rows()));
        chunk.lock.lock();
        try {
            chunk.laying = false;
            if (count > 0) {
                chunk.rows = (int) (firstOrdinal % shape.rows()) + count;
            }
        } finally {
            chunk.lock.unlock();
        }
    }

    /** With the chunk's lock: memory for so many rows; false when it may not be taken, or there is none. */
    private boolean makeRoom(Chunk chunk, int rows, LongPredicate mayTake) {
        long needed = (long) rows * rowBytes;
        long present = chunk.region.map(Region::byteSize).orElse(0L);
        if (needed <= present) {
            return true;
        }
        long wanted = Math.min(shape.bytes(), Math.max(SMALLEST_REGION, Long.highestOneBit(2 * needed - 1)));
        // Nobody else is asked to give memory back for it.
        Optional<Region> taken =
                mayTake.test(wanted) ? Region.tryAllocate(memory.budget(), OWNER, wanted) : Optional.empty();
        if (taken.isEmpty()) {
            return false;
        }
        Region larger = taken.get();
        chunk.region.ifPresent(outgrown -> {
            MemorySegment.copy(outgrown.segment(), 0, larger.segment(), 0, (long) chunk.rows * rowBytes);
            chunk.outgrown.add(outgrown);
        });
        chunk.region = taken;
        chunk.address = larger.address();
        residentBytes.addAndGet(larger.byteSize());
        return true;
    }

    // ---- giving way

    /** Bytes of chunks that are hidden and not freed yet. */
    long hiddenBytes() {
        return hiddenBytes.get();
    }

    /**
     * Hides chunks, the first ones first: nobody finds their rows in memory any more. They are freed by {@link #freeHidden}. Waits for nobody; passes
     * over chunks that somebody else is about to change.
     *
     * @param bytes how many are wanted
     * @return bytes that were hidden
     */
    long hide(long bytes) {
        List<Chunk> hidden = new ArrayList<>();
        long total = 0;
        for (Chunk chunk : chunks) {
            if (total < bytes && tryHide(chunk)) {
                hidden.add(chunk);
                total += chunk.bytes();
            }
        }
        if (!hidden.isEmpty()) {
            hiddenBytes.addAndGet(total);
            synchronized (leaving) {
                leaving.add(new Leaving(readers.begin(), hidden, total));
            }
        }
        return total;
    }

    private static boolean tryHide(Chunk chunk) {
        if (chunk.rows == 0 || chunk.lock.isHeldByCurrentThread() || !chunk.lock.tryLock()) {
            return false;
        }
        try {
            if (chunk.rows == 0 || chunk.laying || chunk.givenUp) {
                return false;
            }
            chunk.hidden = true;
            chunk.rows = 0;
            return true;
        } finally {
            chunk.lock.unlock();
        }
    }

    /** Frees what was hidden and nobody looks at any more, without waiting; returns how many bytes. */
    long freeHidden() {
        long freed = 0;
        synchronized (leaving) {
            while (!leaving.isEmpty() && readers.isOver(leaving.peek().period)) {
                Leaving next = leaving.remove();
                hiddenBytes.addAndGet(-next.bytes);
                for (Chunk chunk : next.chunks) {
                    freed += free(chunk);
                }
            }
        }
        return freed;
    }

    /** Waits until nobody looks at what was hidden; false when there was nothing, or it took too long. Not for readers. */
    boolean awaitHidden(long millis) {
        return hiddenBytes.get() > 0 && readers.awaitAtMost(millis);
    }

    /** Frees the memory of a chunk that nobody looks at; returns how many bytes. */
    private long free(Chunk chunk) {
        chunk.lock.lock();
        try {
            List<Region> regions = new ArrayList<>(chunk.outgrown);
            chunk.region.ifPresent(regions::add);
            chunk.outgrown.clear();
            chunk.address = 0;
            chunk.region = Optional.empty();
            chunk.hidden = false;
            long bytes = 0;
            for (Region region : regions) {
                bytes += region.byteSize();
                region.close();
            }
            residentBytes.addAndGet(-bytes);
            return bytes;
        } finally {
            chunk.lock.unlock();
        }
    }

    // ---- rows that are given up

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
        hidden.chunks.forEach(this::free);
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
        memory.remove(this);
        cached.close();
        synchronized (leaving) {
            leaving.clear();
            hiddenBytes.set(0);
            closeRegions();
        }
    }

    private void closeRegions() {
        for (Chunk chunk : chunks) {
            chunk.region.ifPresent(Region::close);
            chunk.outgrown.forEach(Region::close);
        }
        chunks = new Chunk[0];
        residentBytes.set(0);
    }
}
