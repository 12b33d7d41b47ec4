package io.vexel.bench.engine;

import io.github.jbellis.jvector.graph.GraphSearcher;
import io.github.jbellis.jvector.graph.SearchResult;
import io.github.jbellis.jvector.graph.similarity.SearchScoreProvider;
import io.github.jbellis.jvector.util.Bits;
import io.github.jbellis.jvector.vector.types.VectorFloat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Function;

/** A JVector searcher that keeps {@code ef} candidates and returns the best {@code k}. */
record JVectorSearch(GraphSearcher searcher, Function<VectorFloat<?>, SearchScoreProvider> scores, int ef, int k)
        implements AnnSearcher {

    @Override
    public int[] search(float[] query) {
        SearchScoreProvider provider = scores.apply(JVectorGraphs.vector(query));
        SearchResult.NodeScore[] nodes =
                searcher.search(provider, k, ef, 0f, 0f, Bits.ALL).getNodes();
        int[] ids = new int[nodes.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = nodes[i].node;
        }
        return ids;
    }

    @Override
    public void close() {
        try {
            searcher.close();
        } catch (IOException e) {
            throw new UncheckedIOException("JVector cannot close: " + e.getMessage(), e);
        }
    }
}
