package io.vexel.bench.engine;

import io.vexel.distance.Metric;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopKnnCollector;
import org.apache.lucene.util.VectorUtil;

/** The one segment of a Lucene index. */
final class LuceneIndex implements AnnIndex {

    /** So many times k of the best by code get their true distance. */
    private static final int RERANK = 3;

    private final TemporaryDirectory temporary;
    private final DirectoryReader reader;
    private final LuceneVectors vectors;
    private final Metric metric;
    private final LeafReader segment;

    LuceneIndex(TemporaryDirectory temporary, DirectoryReader reader, LuceneVectors vectors, Metric metric) {
        this.temporary = temporary;
        this.reader = reader;
        this.vectors = vectors;
        this.metric = metric;
        if (reader.leaves().size() != 1) {
            throw new IllegalStateException("segments=" + reader.leaves().size() + ", allowed: 1");
        }
        this.segment = reader.leaves().getFirst().reader();
    }

    @Override
    public long bytes(long heapGrowth) {
        return temporary.bytes();
    }

    @Override
    public AnnSearcher searcher(int ef, int k) {
        if (vectors == LuceneVectors.FLOATS) {
            return query -> ids(candidates(query, ef), k);
        }
        try {
            FloatVectorValues values = segment.getFloatVectorValues(LuceneEngine.FIELD);
            return query -> reranked(values, query, candidates(query, ef), k);
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private ScoreDoc[] candidates(float[] query, int ef) {
        try {
            var collector = new TopKnnCollector(ef, Integer.MAX_VALUE);
            segment.searchNearestVectors(
                    LuceneEngine.FIELD, query, collector, AcceptDocs.fromLiveDocs(null, segment.maxDoc()));
            return collector.topDocs().scoreDocs;
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private int[] reranked(FloatVectorValues values, float[] query, ScoreDoc[] candidates, int k) {
        ScoreDoc[] best = Arrays.copyOf(candidates, Math.min(candidates.length, RERANK * k));
        try {
            for (ScoreDoc candidate : best) {
                float[] row = values.vectorValue(candidate.doc);
                candidate.score = metric == Metric.L2
                        ? -VectorUtil.squareDistance(query, row)
                        : VectorUtil.dotProduct(query, row);
            }
        } catch (IOException e) {
            throw failure(e);
        }
        Arrays.sort(best, (a, b) -> Float.compare(b.score, a.score));
        return ids(best, k);
    }

    private static int[] ids(ScoreDoc[] documents, int k) {
        int[] ids = new int[Math.min(k, documents.length)];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = documents[i].doc;
        }
        return ids;
    }

    private static UncheckedIOException failure(IOException e) {
        return new UncheckedIOException("Lucene cannot search: " + e.getMessage(), e);
    }

    @Override
    public void close() {
        try {
            reader.close();
            reader.directory().close();
        } catch (IOException e) {
            throw new UncheckedIOException("Lucene cannot close: " + e.getMessage(), e);
        }
        temporary.close();
    }
}
