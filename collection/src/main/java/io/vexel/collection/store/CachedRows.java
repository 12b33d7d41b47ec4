package io.vexel.collection.store;

import io.vexel.base.VexelException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/**
 * Single rows of a collection through the {@linkplain VectorEntries cache} of its volume. An entry is a row, or a power of two of consecutive rows
 * where rows are short.
 *
 * <p>Invariant: entries are made of rows that are durable, and of nothing else. Such rows never change, so no entry is ever out of date, but for those of
 * rows that were given up, which are {@linkplain #forget forgotten} when their blocks were; what somebody read before that and offers afterwards is not
 * taken. Rows at the end which do not fill an entry yet are read from the file.
 *
 * <p>{@code cache} is volatile and set by any thread that finds it missing; all find the same.
 */
final class CachedRows implements AutoCloseable {

    private static final int KEY_BITS = 31;

    private final VectorEntries entries;
    private final int rowBytes;
    private final RowReader file;
    private final long firstKey;
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder failedReads = new LongAdder();
    private volatile Optional<EntryCache> cache = Optional.empty();

    /** Reads from the file. */
    @FunctionalInterface
    interface RowReader {
        /**
         * Reads as many rows from each ordinal on as its target is long.
         *
         * @param count how many of both count, from the first on
         */
        void read(long[] ordinals, MemorySegment[] targets, int count);
    }

    /** @param file reads what is not in the cache */
    CachedRows(VectorEntries entries, int rowBytes, RowReader file) {
        this.entries = entries;
        this.rowBytes = rowBytes;
        this.file = file;
        this.firstKey = entries.newCollection() << KEY_BITS;
    }

    /** Rows that were read and were in the cache. */
    long hits() {
        return hits.sum();
    }

    /** Rows that were read and were not. */
    long misses() {
        return misses.sum();
    }

    /** Reads of the file that failed. */
    long failedReads() {
        return failedReads.sum();
    }

    /**
     * Copies a row, from the cache or from the file.
     *
     * @param rowCount durable rows; the row is one of them
     * @return false when it is for the caller to read: there is no memory for the cache, or the row does not belong to a full entry yet
     * @throws VexelException what reading the file throws
     */
    boolean read(long ordinal, MemorySegment target, long rowCount) {
        Optional<EntryCache> present = cache.isPresent() ? cache : open();
        return present.isPresent() && read(present.get(), ordinal, target, rowCount);
    }

    private boolean read(EntryCache from, long ordinal, MemorySegment target, long rowCount) {
        if (copy(from, ordinal, target)) {
            return true;
        }
        if (!isFull(from, ordinal, rowCount)) {
            return false;
        }
        bringIn(from, new long[] {ordinal}, new MemorySegment[] {target}, 1);
        return true;
    }

    /**
     * Copies rows that may lie anywhere, as {@link #read} does one by one; those that are not in the cache are read together.
     *
     * @param ordinals of the rows; afterwards those that are for the caller to read come first
     * @param targets of the rows, a row each, in the same order
     * @param count how many of both count, from the first on
     * @param rowCount as for {@link #read}
     * @return rows that are for the caller to read
     * @throws VexelException what reading the file throws
     */
    int readMany(long[] ordinals, MemorySegment[] targets, int count, long rowCount) {
        Optional<EntryCache> present = cache.isPresent() ? cache : open();
        if (present.isEmpty()) {
            return count;
        }
        EntryCache from = present.get();
        long[] missed = new long[count];
        MemorySegment[] into = new MemorySegment[count];
        int misses = 0;
        int left = 0;
        for (int i = 0; i < count; i++) {
            if (copy(from, ordinals[i], targets[i])) {
                continue;
            }
            if (isFull(from, ordinals[i], rowCount)) {
                missed[misses] = ordinals[i];
                into[misses++] = targets[i];
            } else {
                ordinals[left] = ordinals[i];
                targets[left++] = targets[i];
            }
        }
        if (misses > 0) {
            bringIn(from, missed, into, misses);
        }
        return left;
    }

    private boolean copy(EntryCache from, long ordinal, MemorySegment target) {
        int rows = rowsOf(from);
        boolean found = from.copy(firstKey + ordinal / rows, (int) (ordinal % rows) * rowBytes, target);
        if (found) {
            hits.increment();
        }
        return found;
    }

    /** Whether there are all rows of the entry of a row. */
    private boolean isFull(EntryCache from, long ordinal, long rowCount) {
        int rows = rowsOf(from);
        return (ordinal / rows + 1) * rows <= rowCount;
    }

    private int rowsOf(EntryCache from) {
        return from.entryBytes() / rowBytes;
    }

    /** Reads rows from the file, and offers their entries to the cache. */
    private void bringIn(EntryCache to, long[] ordinals, MemorySegment[] targets, int count) {
        misses.add(count);
        entries.makeRoom(to);
        int rows = rowsOf(to);
        long[] firsts = ordinals;
        MemorySegment[] whole = targets;
        if (rows > 1) {
            firsts = Arrays.stream(ordinals, 0, count)
                    .map(ordinal -> ordinal / rows * rows)
                    .toArray();
            whole = new MemorySegment[count];
            Arrays.setAll(whole, _ -> MemorySegment.ofArray(new byte[to.entryBytes()]));
        }
        long era = to.era();
        try {
            file.read(firsts, whole, count);
        } catch (VexelException e) {
            failedReads.increment();
            throw e;
        }
        for (int i = 0; i < count; i++) {
            if (rows > 1) {
                MemorySegment.copy(whole[i], ordinals[i] % rows * rowBytes, targets[i], 0, rowBytes);
            }
            to.put(firstKey + ordinals[i] / rows, whole[i], era);
        }
    }

    private Optional<EntryCache> open() {
        Optional<EntryCache> found = entries.forRows(rowBytes);
        if (found.isPresent()) {
            cache = found;
        }
        return found;
    }

    /**
     * Lets go of rows whose blocks were given back.
     *
     * @param firstRow the first of them
     * @param endRow the one behind the last
     */
    void forget(long firstRow, long endRow) {
        cache.ifPresent(present -> {
            int rows = rowsOf(present);
            present.forget(firstKey + firstRow / rows, firstKey + Math.ceilDiv(endRow, rows));
        });
    }

    /** Lets go of all its rows; nobody reads any more. */
    @Override
    public void close() {
        cache.ifPresent(present -> present.forget(firstKey, firstKey + (1L << KEY_BITS)));
        cache = Optional.empty();
    }
}
