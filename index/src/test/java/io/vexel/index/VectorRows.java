package io.vexel.index;

import static io.vexel.memory.raw.RawMemory.ALL;

import io.vexel.base.TimeSource;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import io.vexel.memory.MemoryBudget;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** Rows that lie in clusters, as a derived index sees them; every third is not in memory and has to be read. */
final class VectorRows implements FullVectors, AutoCloseable {

    private static final float SPREAD = 0.4f;

    final Metric metric;
    final int dimension;
    final Rows rows;
    private final float[][] centers;
    private final Random random;

    VectorRows(Metric metric, int dimension, int rowCount, long seed) {
        this(metric, metric.defaultElementType(), dimension, rowCount, seed);
    }

    VectorRows(Metric metric, ElementType type, int dimension, int rowCount, long seed) {
        this.metric = metric;
        this.dimension = dimension;
        random = new Random(seed);
        rows = new Rows(type, dimension, rowCount, 1024);
        centers = new float[Math.max(1, rowCount / 100)][dimension];
        for (float[] center : centers) {
            for (int i = 0; i < dimension; i++) {
                center[i] = (float) random.nextGaussian();
            }
        }
        for (int row = 0; row < rowCount; row++) {
            rows.set(row, vector());
        }
    }

    /** Rows 0 to {@code count} - 1, and behind them their heirs: those rows again, in another order. */
    static VectorRows withHeirs(Metric metric, ElementType type, int dimension, int count) {
        VectorRows rows = new VectorRows(metric, type, dimension, 2 * count, 7);
        for (int row = 0; row < count; row++) {
            rows.rows.copy(row, heir(row, count));
        }
        return rows;
    }

    /** The heir of a row. */
    static int heir(int row, int count) {
        return count + (row * 7 + 3) % count;
    }

    /** Every metric with every element type that it allows. */
    static Stream<Arguments> metricsAndTypes() {
        return Stream.of(Metric.values())
                .flatMap(metric ->
                        Stream.of(ElementType.values()).filter(metric::allows).map(type -> Arguments.of(metric, type)));
    }

    int rowCount() {
        return (int) rows.rowCount();
    }

    /** A vector near one of the centers; a bit is set where its number is positive. */
    QueryVector vector() {
        float[] center = centers[random.nextInt(centers.length)];
        float[] elements = new float[dimension];
        byte[] bits = new byte[(dimension + 7) / 8];
        for (int i = 0; i < dimension; i++) {
            elements[i] = center[i] + SPREAD * (float) random.nextGaussian();
            bits[i >>> 3] |= (byte) (elements[i] > 0 ? 1 << (i & 7) : 0);
        }
        return rows.elementType() == ElementType.BIT ? QueryVector.ofBits(bits, dimension) : QueryVector.of(elements);
    }

    IndexContext context() {
        return context(MemoryBudget.unlimited());
    }

    IndexContext context(MemoryBudget budget) {
        return new IndexContext(metric, rows.elementType(), dimension, budget, this, TimeSource.SYSTEM);
    }

    FlatIndex flat() {
        return new FlatIndex(metric, rows.elementType(), dimension, rows, TimeSource.SYSTEM);
    }

    @Override
    public long address(long ordinal) {
        if (ordinal < 0 || ordinal >= rows.rowCount()) {
            throw new IllegalArgumentException("ordinal=" + ordinal);
        }
        return ordinal % 3 == 2 ? 0 : rows.address(ordinal);
    }

    @Override
    public void read(long ordinal, MemorySegment target) {
        MemorySegment.copy(ALL, rows.address(ordinal), target, 0, target.byteSize());
    }

    /** Inserts rows first to end - 1. */
    void insert(DerivedIndex index, int first, int end) {
        for (int row = first; row < end; row++) {
            index.insert(row, rows.address(row));
        }
    }

    /** The share of the true k nearest that the index finds, over so many queries. */
    double recall(DerivedIndex index, SearchRequest like, Effort effort, int queryCount) {
        FlatIndex flat = flat();
        long found = 0;
        long wanted = 0;
        for (int q = 0; q < queryCount; q++) {
            QueryVector query = vector();
            SearchRequest request = new SearchRequest(
                    java.util.List.of(query),
                    like.k(),
                    like.radius(),
                    like.live(),
                    like.filter(),
                    like.tieBreak(),
                    Parallelism.NONE,
                    Cancellation.NONE);
            Neighbors exact = flat.search(request).neighbors().getFirst();
            Neighbors given = index.search(request, effort).neighbors().getFirst();
            double worst = exact.size() == 0 ? 0 : exact.distance(exact.size() - 1);
            found += Math.min(
                    exact.size(),
                    given.hits().filter(hit -> hit.distance() <= worst).count());
            wanted += exact.size();
        }
        return wanted == 0 ? 1 : (double) found / wanted;
    }

    @Override
    public void close() {
        rows.close();
    }
}
