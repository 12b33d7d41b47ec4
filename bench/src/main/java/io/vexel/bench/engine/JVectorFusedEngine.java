package io.vexel.bench.engine;

import io.github.jbellis.jvector.disk.ReaderSupplier;
import io.github.jbellis.jvector.disk.ReaderSupplierFactory;
import io.github.jbellis.jvector.graph.GraphSearcher;
import io.github.jbellis.jvector.graph.ImmutableGraphIndex;
import io.github.jbellis.jvector.graph.disk.OnDiskGraphIndex;
import io.github.jbellis.jvector.graph.disk.OnDiskGraphIndexWriter;
import io.github.jbellis.jvector.graph.disk.feature.Feature;
import io.github.jbellis.jvector.graph.disk.feature.FeatureId;
import io.github.jbellis.jvector.graph.disk.feature.FusedPQ;
import io.github.jbellis.jvector.graph.disk.feature.InlineVectors;
import io.github.jbellis.jvector.graph.similarity.DefaultSearchScoreProvider;
import io.github.jbellis.jvector.quantization.PQVectors;
import io.github.jbellis.jvector.quantization.ProductQuantization;
import io.github.jbellis.jvector.vector.VectorSimilarityFunction;
import io.vexel.bench.data.Dataset;
import io.vexel.distance.Metric;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ForkJoinPool;
import java.util.function.IntFunction;

/** JVector with product codes of the neighbors in each vertex of a mapped file, and re-ranking on the vectors stored there. */
final class JVectorFusedEngine implements AnnEngine {

    private static final int CLUSTERS = 256;

    /** Small vectors need at least so many codes, or their recall stays low. */
    private static final int LEAST_SUBSPACES = 64;

    private static final int COMPONENTS_PER_SUBSPACE = 8;

    private final JVectorGraphs graphs;

    JVectorFusedEngine(JVectorGraphs graphs) {
        this.graphs = graphs;
    }

    @Override
    public String name() {
        return "jvector-fused";
    }

    @Override
    public String settings() {
        return JVectorGraphs.settings() + ", fused product codes of one byte for " + COMPONENTS_PER_SUBSPACE
                + " components (at least " + LEAST_SUBSPACES
                + " bytes), ef re-ranked on float32, mapped file; bytes: the file";
    }

    @Override
    public boolean isApproximate() {
        return true;
    }

    static int subspaces(int dimension) {
        return Math.min(dimension, Math.max(LEAST_SUBSPACES, dimension / COMPONENTS_PER_SUBSPACE));
    }

    @Override
    public AnnIndex build(Dataset data, int threads) {
        var known = graphs.find(data, threads);
        JVectorGraphs.Graph graph = known.orElseGet(() -> graphs.build(data, threads));
        TemporaryDirectory directory = new TemporaryDirectory();
        try (ForkJoinPool pool = new ForkJoinPool(threads)) {
            Path file = directory.path().resolve("fused");
            write(graph, file, pool);
            ReaderSupplier supplier = ReaderSupplierFactory.open(file);
            return new Built(
                    directory,
                    supplier,
                    OnDiskGraphIndex.load(supplier),
                    graph.similarity(),
                    known.isPresent() ? graph.time() : BuildTime.NONE);
        } catch (IOException e) {
            directory.close();
            throw new UncheckedIOException("JVector cannot build: " + e.getMessage(), e);
        } catch (RuntimeException | Error e) {
            directory.close();
            throw e;
        }
    }

    private static void write(JVectorGraphs.Graph graph, Path file, ForkJoinPool pool) throws IOException {
        Dataset data = graph.data();
        ProductQuantization quantization = ProductQuantization.compute(
                graph.vectors(), subspaces(data.dimension()), CLUSTERS, data.metric() == Metric.L2, -1f, pool, pool);
        PQVectors codes = quantization.encodeAll(graph.vectors(), pool);
        try (ImmutableGraphIndex.View view = graph.index().getView();
                var writer = new OnDiskGraphIndexWriter.Builder(graph.index(), file)
                        .with(new InlineVectors(data.dimension()))
                        .with(new FusedPQ(graph.index().maxDegree(), quantization))
                        .build()) {
            Map<FeatureId, IntFunction<Feature.State>> features = Map.of(
                    FeatureId.INLINE_VECTORS,
                            node -> new InlineVectors.State(graph.vectors().getVector(node)),
                    FeatureId.FUSED_PQ, node -> new FusedPQ.State(view, codes, node));
            writer.write(features);
        }
    }

    private record Built(
            TemporaryDirectory directory,
            ReaderSupplier supplier,
            OnDiskGraphIndex index,
            VectorSimilarityFunction similarity,
            BuildTime sharedBuild)
            implements AnnIndex {

        @Override
        public long bytes(long heapGrowth) {
            return directory.bytes();
        }

        @Override
        public AnnSearcher searcher(int ef, int k) {
            GraphSearcher searcher = new GraphSearcher(index);
            var view = (ImmutableGraphIndex.ScoringView) searcher.getView();
            return new JVectorSearch(
                    searcher,
                    query -> new DefaultSearchScoreProvider(
                            view.approximateScoreFunctionFor(query, similarity), view.rerankerFor(query, similarity)),
                    ef,
                    k);
        }

        @Override
        public void close() {
            try {
                index.close();
                supplier.close();
            } catch (IOException e) {
                throw new UncheckedIOException("JVector cannot close: " + e.getMessage(), e);
            }
            directory.close();
        }
    }
}
