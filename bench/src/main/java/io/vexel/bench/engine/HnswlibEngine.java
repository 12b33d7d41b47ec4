package io.vexel.bench.engine;

import com.github.jelmerk.hnswlib.core.DistanceFunction;
import com.github.jelmerk.hnswlib.core.Item;
import com.github.jelmerk.hnswlib.core.NullProgressListener;
import com.github.jelmerk.hnswlib.core.SearchResult;
import com.github.jelmerk.hnswlib.core.hnsw.HnswIndex;
import io.vexel.bench.data.Dataset;
import io.vexel.distance.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.apache.lucene.util.VectorUtil;

/** hnswlib-core, HNSW in the heap. Its own distances are scalar; it gets Lucene's, which use the Vector API. */
final class HnswlibEngine implements AnnEngine {

    @Override
    public String name() {
        return "hnswlib";
    }

    @Override
    public String settings() {
        return "hnswlib-core " + PeerVersions.of("hnswlib") + " (Java), HNSW on float32, M " + M + " (" + 2 * M
                + " links), efConstruction " + EF_CONSTRUCTION
                + ", distances by Lucene's VectorUtil; bytes: growth of the heap, and the vectors";
    }

    @Override
    public boolean isApproximate() {
        return true;
    }

    /** A row and its number. */
    private static final class Vertex implements Item<Integer, float[]> {

        private static final long serialVersionUID = 1;

        private final Integer id;
        private final float[] vector;

        Vertex(Integer id, float[] vector) {
            this.id = id;
            this.vector = vector;
        }

        @Override
        public Integer id() {
            return id;
        }

        @Override
        public float[] vector() {
            return vector;
        }

        @Override
        public int dimensions() {
            return vector.length;
        }
    }

    @Override
    public AnnIndex build(Dataset data, int threads) {
        DistanceFunction<float[], Float> distance =
                data.metric() == Metric.L2 ? VectorUtil::squareDistance : (a, b) -> -VectorUtil.dotProduct(a, b);
        HnswIndex<Integer, float[], Vertex, Float> index = HnswIndex.newBuilder(
                        data.dimension(), distance, data.base().length)
                .withM(M)
                .withEfConstruction(EF_CONSTRUCTION)
                .build();
        List<Vertex> items = new ArrayList<>(data.base().length);
        for (int i = 0; i < data.base().length; i++) {
            items.add(new Vertex(i, data.base()[i]));
        }
        try {
            index.addAll(items, threads, NullProgressListener.INSTANCE, Integer.MAX_VALUE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while building");
        }
        return new Built(index, data);
    }

    private record Built(HnswIndex<Integer, float[], Vertex, Float> index, Dataset data) implements AnnIndex {

        @Override
        public long bytes(long heapGrowth) {
            return heapGrowth + data.rawBytesPerVector() * data.base().length;
        }

        @Override
        public AnnSearcher searcher(int ef, int k) {
            index.setEf(ef);
            return query -> {
                List<SearchResult<Vertex, Float>> found = index.findNearest(query, k);
                int[] ids = new int[found.size()];
                for (int i = 0; i < ids.length; i++) {
                    ids[i] = found.get(i).item().id();
                }
                return ids;
            };
        }

        /** The heap takes the index back. */
        @Override
        public void close() {}
    }
}
