package io.vexel.bench.data;

import io.vexel.index.ChunkLease;
import io.vexel.index.FullVectors;
import io.vexel.index.RowSource;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Rows copied into one region, as an index reads them. */
public final class MemoryRows implements RowSource, FullVectors, AutoCloseable {

    private static final int ROWS_PER_CHUNK = 1 << 14;

    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final int rowCount;
    private final long rowBytes;
    private final long chunkBytes;
    private final Region region;

    /** @param base at least one row, all of one dimension */
    public MemoryRows(float[][] base) {
        rowCount = base.length;
        rowBytes = (long) Float.BYTES * base[0].length;
        chunkBytes = ROWS_PER_CHUNK * rowBytes;
        region = Region.allocate(MemoryBudget.unlimited(), "bench", rowCount * rowBytes);
        for (int i = 0; i < rowCount; i++) {
            MemorySegment.copy(base[i], 0, region.segment(), FLOAT, i * rowBytes, base[i].length);
        }
    }

    @Override
    public long rowCount() {
        return rowCount;
    }

    @Override
    public int rowsPerChunk() {
        return ROWS_PER_CHUNK;
    }

    @Override
    public ChunkLease lease(long chunk, int first, int end) {
        return new Lease(region.address() + chunk * chunkBytes, (int)
                Math.min(ROWS_PER_CHUNK, rowCount - chunk * ROWS_PER_CHUNK));
    }

    @Override
    public long address(long ordinal) {
        return region.address() + ordinal * rowBytes;
    }

    @Override
    public void read(long ordinal, MemorySegment target) {
        MemorySegment.copy(region.segment(), ordinal * rowBytes, target, 0, rowBytes);
    }

    /** Bytes of the rows alone, as those of every engine are counted; the region around them is rounded up. */
    public long byteSize() {
        return rowCount * rowBytes;
    }

    private record Lease(long address, int rowEnd) implements ChunkLease {

        /** The region stays as long as the rows do. */
        @Override
        public void close() {}
    }

    @Override
    public void close() {
        region.close();
    }
}
