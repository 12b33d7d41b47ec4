package io.vexel.bench.engine;

import io.github.jbellis.jvector.graph.GraphIndexBuilder;
import io.github.jbellis.jvector.graph.ImmutableGraphIndex;
import io.github.jbellis.jvector.graph.ListRandomAccessVectorValues;
import io.github.jbellis.jvector.graph.RandomAccessVectorValues;
import io.github.jbellis.jvector.graph.similarity.BuildScoreProvider;
import io.github.jbellis.jvector.vector.VectorSimilarityFunction;
import io.github.jbellis.jvector.vector.VectorizationProvider;
import io.github.jbellis.jvector.vector.types.VectorFloat;
import io.github.jbellis.jvector.vector.types.VectorTypeSupport;
import io.vexel.bench.data.Dataset;
import io.vexel.distance.Metric;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ForkJoinPool;

/** JVector's graph, which both of its engines search: built once for a number of threads, its time counted for both. */
final class JVectorGraphs {

    private static final float NEIGHBOR_OVERFLOW = 1.2f;
    private static final float ALPHA = 1.2f;

    private Optional<Graph> latest = Optional.empty();

    /**
     * A graph and what it was built from.
     *
     * @param time what building took
     */
    record Graph(
            Dataset data, int threads, RandomAccessVectorValues vectors, ImmutableGraphIndex index, BuildTime time) {

        VectorSimilarityFunction similarity() {
            return data.metric() == Metric.L2
                    ? VectorSimilarityFunction.EUCLIDEAN
                    : VectorSimilarityFunction.DOT_PRODUCT;
        }
    }

    /** The graph that was built last when it is the one asked for; empty otherwise. */
    Optional<Graph> find(Dataset data, int threads) {
        return latest.filter(graph -> graph.data == data && graph.threads == threads);
    }

    Graph build(Dataset data, int threads) {
        BuildTime start = BuildTime.now();
        List<VectorFloat<?>> rows = new ArrayList<>(data.base().length);
        for (float[] row : data.base()) {
            rows.add(vector(row));
        }
        RandomAccessVectorValues vectors = new ListRandomAccessVectorValues(rows, data.dimension());
        VectorSimilarityFunction similarity =
                data.metric() == Metric.L2 ? VectorSimilarityFunction.EUCLIDEAN : VectorSimilarityFunction.DOT_PRODUCT;
        try (ForkJoinPool pool = new ForkJoinPool(threads);
                GraphIndexBuilder builder = GraphIndexBuilder.builder(
                                BuildScoreProvider.randomAccessScoreProvider(vectors, similarity),
                                data.dimension(),
                                2 * AnnEngine.M)
                        .withBeamWidth(AnnEngine.EF_CONSTRUCTION)
                        .withNeighborOverflow(NEIGHBOR_OVERFLOW)
                        .withAlpha(ALPHA)
                        .withSimdExecutor(pool)
                        .withParallelExecutor(pool)
                        .build()) {
            ImmutableGraphIndex index = builder.build(vectors);
            Graph graph =
                    new Graph(data, threads, vectors, index, BuildTime.now().minus(start));
            latest = Optional.of(graph);
            return graph;
        } catch (IOException e) {
            throw new UncheckedIOException("JVector cannot build: " + e.getMessage(), e);
        }
    }

    /** Loaded, with JVector's native code, only when JVector takes part. */
    private static final class Kernels {

        static final VectorTypeSupport TYPES =
                VectorizationProvider.getInstance().getVectorTypeSupport();
    }

    static VectorFloat<?> vector(float[] components) {
        return Kernels.TYPES.createFloatVector(components);
    }

    /** Version, parameters, and which kernels it found. */
    static String settings() {
        return "JVector " + PeerVersions.of("jvector") + " ("
                + VectorizationProvider.getInstance().getClass().getSimpleName()
                + "), hierarchical graph of " + 2 * AnnEngine.M + " links, beam " + AnnEngine.EF_CONSTRUCTION
                + ", alpha " + ALPHA + ", overflow " + NEIGHBOR_OVERFLOW + ", refined";
    }
}
