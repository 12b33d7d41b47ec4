package io.vexel.bench.engine;

import io.github.jbellis.jvector.graph.GraphSearcher;
import io.github.jbellis.jvector.graph.similarity.DefaultSearchScoreProvider;
import io.vexel.bench.data.Dataset;

/** JVector on float vectors in the heap. */
final class JVectorEngine implements AnnEngine {

    private final JVectorGraphs graphs;

    JVectorEngine(JVectorGraphs graphs) {
        this.graphs = graphs;
    }

    @Override
    public String name() {
        return "jvector";
    }

    @Override
    public String settings() {
        return JVectorGraphs.settings() + ", exact distances; bytes: what it says its graph takes, and the vectors";
    }

    @Override
    public boolean isApproximate() {
        return true;
    }

    @Override
    public AnnIndex build(Dataset data, int threads) {
        var known = graphs.find(data, threads);
        JVectorGraphs.Graph graph = known.orElseGet(() -> graphs.build(data, threads));
        return new Built(graph, known.isPresent() ? graph.time() : BuildTime.NONE);
    }

    private record Built(JVectorGraphs.Graph graph, BuildTime sharedBuild) implements AnnIndex {

        @Override
        public long bytes(long heapGrowth) {
            return graph.index().ramBytesUsed()
                    + graph.data().rawBytesPerVector() * graph.data().base().length;
        }

        @Override
        public AnnSearcher searcher(int ef, int k) {
            return new JVectorSearch(
                    new GraphSearcher(graph.index()),
                    query -> DefaultSearchScoreProvider.exact(query, graph.similarity(), graph.vectors()),
                    ef,
                    k);
        }

        /** The heap takes the graph back. */
        @Override
        public void close() {}
    }
}
