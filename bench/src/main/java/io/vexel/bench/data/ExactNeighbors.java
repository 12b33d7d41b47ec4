package io.vexel.bench.data;

import io.vexel.base.TimeSource;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import io.vexel.index.FlatIndex;
import io.vexel.index.Neighbors;
import io.vexel.index.Parallelism;
import io.vexel.index.QueryVector;
import io.vexel.index.SearchRequest;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

/**
 * Ground truth by exact search: the flat index finds a few more rows than wanted in 32-bit floats, and 64-bit distances decide their
 * order, so that rounding at the border does not choose.
 */
final class ExactNeighbors {

    private static final int BATCH = 100;

    /** Rows beside the wanted ones that may change places with them. */
    private static final int MARGIN = 16;

    private ExactNeighbors() {}

    /** For each query the ids of the {@code k} nearest rows, nearest first, ties by id. */
    static int[][] find(Metric metric, float[][] base, float[][] queries, int k) {
        int threads = Runtime.getRuntime().availableProcessors();
        int[][] result = new int[queries.length][];
        try (MemoryRows rows = new MemoryRows(base);
                ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            var index = new FlatIndex(metric, ElementType.FLOAT32, base[0].length, rows, TimeSource.SYSTEM);
            for (int from = 0; from < queries.length; from += BATCH) {
                int to = Math.min(queries.length, from + BATCH);
                List<QueryVector> batch =
                        Arrays.stream(queries, from, to).map(QueryVector::of).toList();
                List<Neighbors> found = index.search(SearchRequest.nearest(batch, Math.min(base.length, k + MARGIN))
                                .withParallelism(new Parallelism(threads, executor)))
                        .neighbors();
                for (int i = from; i < to; i++) {
                    result[i] = nearest(metric, base, queries[i], found.get(i - from), k);
                }
            }
        }
        return result;
    }

    private static int[] nearest(Metric metric, float[][] base, float[] query, Neighbors found, int k) {
        record Row(int id, double distance) {}
        return IntStream.range(0, found.size())
                .map(rank -> (int) found.ordinal(rank))
                .mapToObj(id -> new Row(id, Distances.of(metric, query, base[id])))
                .sorted(Comparator.comparingDouble(Row::distance).thenComparingInt(Row::id))
                .limit(k)
                .mapToInt(Row::id)
                .toArray();
    }
}
