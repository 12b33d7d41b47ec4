package io.vexel.index;

import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/** Rows in a region, at an odd address, that know how many leases are open. */
final class Rows implements RowSource, AutoCloseable {

    private static final int OFFSET = 3;

    private final ElementType type;
    private final int dimension;
    private final int rowBytes;
    private final int rowCount;
    private final int rowsPerChunk;
    private final Region region;
    final AtomicInteger openLeases = new AtomicInteger();

    Rows(Metric metric, int dimension, int rowCount, int rowsPerChunk) {
        this(metric.defaultElementType(), dimension, rowCount, rowsPerChunk);
    }

    Rows(ElementType type, int dimension, int rowCount, int rowsPerChunk) {
        this.type = type;
        this.dimension = dimension;
        this.rowBytes = type.rowBytes(dimension);
        this.rowCount = rowCount;
        this.rowsPerChunk = rowsPerChunk;
        region = Region.allocate(MemoryBudget.unlimited(), "rows", OFFSET + (long) rowBytes * Math.max(1, rowCount));
    }

    /** Random rows; with {@code levels > 0} elements are small integers, so that there are ties and duplicates. */
    Rows fill(Random random, int levels) {
        for (int r = 0; r < rowCount; r++) {
            set(r, vector(random, levels));
        }
        return this;
    }

    QueryVector vector(Random random, int levels) {
        if (type == ElementType.BIT) {
            byte[] bits = new byte[rowBytes];
            random.nextBytes(bits);
            return QueryVector.ofBits(bits, dimension);
        }
        float[] elements = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            elements[i] = levels > 0 ? random.nextInt(levels) : (float) random.nextGaussian();
        }
        if (levels > 0) {
            elements[random.nextInt(dimension)] = 1;
        }
        return QueryVector.of(elements);
    }

    void set(int row, QueryVector vector) {
        if (type == ElementType.BIT) {
            for (int b = 0; b < rowBytes; b++) {
                byte value = (byte) (vector.words()[b >>> 3] >>> (8 * (b & 7)));
                region.segment().set(ValueLayout.JAVA_BYTE, OFFSET + (long) row * rowBytes + b, value);
            }
        } else {
            setFloats(row, vector.floats());
        }
    }

    /** Makes one row the same as another, bit by bit. */
    void copy(int from, int to) {
        MemorySegment.copy(
                region.segment(),
                OFFSET + (long) from * rowBytes,
                region.segment(),
                OFFSET + (long) to * rowBytes,
                rowBytes);
    }

    void setFloats(int row, float... elements) {
        type.write(elements, region.segment(), OFFSET + (long) row * rowBytes);
    }

    /** Fills the array with a row. */
    float[] floats(int row, float[] elements) {
        type.read(region.segment(), OFFSET + (long) row * rowBytes, elements);
        return elements;
    }

    ElementType elementType() {
        return type;
    }

    long address(long row) {
        return region.address() + OFFSET + row * rowBytes;
    }

    @Override
    public long rowCount() {
        return rowCount;
    }

    @Override
    public int rowsPerChunk() {
        return rowsPerChunk;
    }

    @Override
    public ChunkLease lease(long chunk, int first, int end) {
        openLeases.incrementAndGet();
        return new ChunkLease() {
            @Override
            public long address() {
                return Rows.this.address(chunk * rowsPerChunk);
            }

            @Override
            public int rowEnd() {
                return (int) Math.min(rowsPerChunk, rowCount - chunk * rowsPerChunk);
            }

            @Override
            public void close() {
                openLeases.decrementAndGet();
            }
        };
    }

    @Override
    public void close() {
        region.close();
    }
}
