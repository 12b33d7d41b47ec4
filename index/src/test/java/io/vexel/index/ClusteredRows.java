package io.vexel.index;

import io.vexel.base.TimeSource;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import io.vexel.memory.MemoryBudget;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/** Seeded rows in clusters, with queries from the same clusters, as the source of full vectors for an index under test. */
final class ClusteredRows implements FullVectors, AutoCloseable {

    private static final int CLUSTERS = 40;
    private static final int QUERIES = 100;
    static final int K = 10;

    final Metric metric;
    final ElementType elementType;
    final int dimension;
    final int count;
    final MemoryBudget budget = MemoryBudget.unlimited();
    final float[][] vectors;
    final float[][] queries;
    private final Rows rows;

    ClusteredRows(Metric metric, int dimension, int count, long seed) {
        this(metric, ElementType.FLOAT32, dimension, count, seed);
    }

    /** As above, with vectors rounded to the element type. */
    ClusteredRows(Metric metric, ElementType elementType, int dimension, int count, long seed) {
        this.elementType = elementType;
        this.metric = metric;
        this.dimension = dimension;
        this.count = count;
        Random random = new Random(seed);
        float[][] centers = new float[CLUSTERS][];
        for (int c = 0; c < CLUSTERS; c++) {
            centers[c] = gaussian(random, dimension, 3);
        }
        rows = new Rows(elementType, dimension, count, 1024);
        vectors = new float[count][];
        for (int i = 0; i < count; i++) {
            vectors[i] = near(random, centers[random.nextInt(CLUSTERS)]);
            rows.setFloats(i, vectors[i]);
        }
        queries = new float[QUERIES][];
        for (int i = 0; i < QUERIES; i++) {
            queries[i] = near(random, centers[random.nextInt(CLUSTERS)]);
        }
    }

    private static float[] gaussian(Random random, int dimension, double spread) {
        float[] vector = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            vector[i] = (float) (spread * random.nextGaussian());
        }
        return vector;
    }

    private static float[] near(Random random, float[] center) {
        float[] vector = gaussian(random, center.length, 1);
        for (int i = 0; i < vector.length; i++) {
            vector[i] += center[i];
        }
        return vector;
    }

    IndexContext context() {
        return new IndexContext(metric, elementType, dimension, budget, this, TimeSource.SYSTEM);
    }

    /** An empty index that has learnt from all rows. */
    DerivedIndex empty(IndexSpec spec) {
        long[] sample = new long[Math.min(count, 1000)];
        for (int i = 0; i < sample.length; i++) {
            sample[i] = (long) i * count / sample.length;
        }
        return spec.create(context(), sample);
    }

    /** An index of all rows. */
    DerivedIndex index(IndexSpec spec) {
        DerivedIndex index = empty(spec);
        for (int i = 0; i < count; i++) {
            index.insert(i, address(i));
        }
        return index;
    }

    @Override
    public long address(long ordinal) {
        return rows.address(ordinal);
    }

    @Override
    public void read(long ordinal, MemorySegment target) {
        MemorySegment row = io.vexel.memory.raw.RawMemory.ALL.asSlice(address(ordinal), target.byteSize());
        target.copyFrom(row);
    }

    Neighbors exact(int query, RowFilter live) {
        var index = new FlatIndex(metric, elementType, dimension, rows, TimeSource.SYSTEM);
        var request = SearchRequest.nearest(QueryVector.of(queries[query]), K).withLive(live);
        return index.search(request).neighbors().getFirst();
    }

    double recall(DerivedIndex index, int ef) {
        return recall(index, ef, RowFilter.ALL);
    }

    /** Share of the exact ten nearest live rows that the index finds. */
    double recall(DerivedIndex index, int ef, RowFilter live) {
        int found = 0;
        int wanted = 0;
        for (int q = 0; q < QUERIES; q++) {
            Set<Long> truth = new HashSet<>();
            exact(q, live).hits().forEach(hit -> truth.add(hit.ordinal()));
            wanted += truth.size();
            var request = SearchRequest.nearest(QueryVector.of(queries[q]), K).withLive(live);
            Neighbors neighbors =
                    index.search(request, Effort.of(ef)).neighbors().getFirst();
            found += (int) neighbors
                    .hits()
                    .filter(hit -> truth.contains(hit.ordinal()))
                    .count();
        }
        return (double) found / wanted;
    }

    @Override
    public void close() {
        rows.close();
    }
}
