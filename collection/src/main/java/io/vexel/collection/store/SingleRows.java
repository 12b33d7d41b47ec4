package io.vexel.collection.store;

import io.vexel.base.CorruptionException;
import io.vexel.collection.indexing.GracePeriod;
import io.vexel.index.FullVectors;
import java.lang.foreign.MemorySegment;
import java.util.function.LongSupplier;

/** Single rows of a collection, for its index. Rows that do not exist are refused, since a damaged index may ask for them. */
final class SingleRows implements FullVectors {

    private final VectorChunks vectors;
    private final LongSupplier rowCount;
    private final GracePeriod readers;

    /**
     * @param rowCount durable rows, never less than before
     * @param readers who uses addresses of the rows is one of them
     */
    SingleRows(VectorChunks vectors, LongSupplier rowCount, GracePeriod readers) {
        this.vectors = vectors;
        this.rowCount = rowCount;
        this.readers = readers;
    }

    @Override
    public int enter() {
        return readers.enter();
    }

    @Override
    public void leave(int entered) {
        readers.leave(entered);
    }

    @Override
    public long address(long ordinal) {
        long rows = rowCount.getAsLong();
        check(ordinal, rows);
        return vectors.address(ordinal, rows);
    }

    @Override
    public void read(long ordinal, MemorySegment target) {
        long rows = rowCount.getAsLong();
        check(ordinal, rows);
        vectors.readRows(ordinal, target, rows);
    }

    @Override
    public void readMany(long[] ordinals, int count, MemorySegment target) {
        long rows = rowCount.getAsLong();
        for (int i = 0; i < count; i++) {
            check(ordinals[i], rows);
        }
        vectors.readMany(ordinals, count, target, rows);
    }

    private static void check(long ordinal, long rows) {
        if (ordinal < 0 || ordinal >= rows) {
            throw new CorruptionException(
                    CorruptionException.NO_BLOCK, "index: it knows row " + ordinal + ", but there are rows=" + rows);
        }
    }
}
