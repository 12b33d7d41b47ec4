package io.vexel.bench.engine;

import java.util.concurrent.ExecutorService;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.FilterCodec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104HnswScalarQuantizedVectorsFormat;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.codecs.perfield.PerFieldKnnVectorsFormat;
import org.apache.lucene.util.quantization.QuantizedByteVectorValues.ScalarEncoding;
import org.jspecify.annotations.Nullable;

/** How Lucene keeps vectors: as floats, or as bytes beside the floats. */
enum LuceneVectors {
    FLOATS,
    QUANTIZED;

    /** A threshold that keeps a flush from building a graph which the merge would build again. */
    static final int NO_GRAPH = Integer.MAX_VALUE;

    /** A threshold under which the merge builds its graph however small it is. */
    static final int ALWAYS_GRAPH = 0;

    /** The default codec with this format for vectors. */
    Codec codec(int threads, @Nullable ExecutorService executor, int graphThreshold) {
        KnnVectorsFormat format = format(threads, executor, graphThreshold);
        Codec defaults = Codec.getDefault();
        return new FilterCodec(defaults.getName(), defaults) {
            @Override
            public KnnVectorsFormat knnVectorsFormat() {
                return new PerFieldKnnVectorsFormat() {
                    @Override
                    public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
                        return format;
                    }
                };
            }
        };
    }

    private KnnVectorsFormat format(int threads, @Nullable ExecutorService executor, int graphThreshold) {
        return switch (this) {
            case FLOATS ->
                new Lucene99HnswVectorsFormat(
                        AnnEngine.M, AnnEngine.EF_CONSTRUCTION, threads, executor, graphThreshold);
            case QUANTIZED ->
                new Lucene104HnswScalarQuantizedVectorsFormat(
                        ScalarEncoding.UNSIGNED_BYTE,
                        AnnEngine.M,
                        AnnEngine.EF_CONSTRUCTION,
                        threads,
                        executor,
                        graphThreshold);
        };
    }
}
