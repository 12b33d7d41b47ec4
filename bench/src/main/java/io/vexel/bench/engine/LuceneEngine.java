package io.vexel.bench.engine;

import io.vexel.bench.data.Dataset;
import io.vexel.distance.Metric;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LogDocMergePolicy;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;

/**
 * Lucene's HNSW in one merged segment, mapped into memory. Rows are flushed in two segments without graphs, and the one merge builds
 * the graph with all threads: the fastest way to it that Lucene has. Searches run on the segment, below the query layer.
 */
final class LuceneEngine implements AnnEngine {

    static final String FIELD = "vector";

    /** The most that one flush may gather; larger sets are flushed in more than two segments. */
    private static final double BUFFER_MEGABYTES = 1_900;

    private final LuceneVectors vectors;

    LuceneEngine(LuceneVectors vectors) {
        this.vectors = vectors;
    }

    @Override
    public String name() {
        return vectors == LuceneVectors.FLOATS ? "lucene" : "lucene-sq";
    }

    @Override
    public String settings() {
        String kind = vectors == LuceneVectors.FLOATS
                ? "HNSW on float32"
                : "HNSW on 8-bit codes, the best 3k of ef re-ranked on float32";
        return "Lucene " + PeerVersions.of("lucene") + ", " + kind + ", M " + M + " (" + 2 * M
                + " links), efConstruction " + EF_CONSTRUCTION
                + ", one segment built by one merge, MMapDirectory, searched below the query layer; bytes: its files";
    }

    @Override
    public boolean isApproximate() {
        return true;
    }

    @Override
    public AnnIndex build(Dataset data, int threads) {
        TemporaryDirectory temporary = new TemporaryDirectory();
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            MMapDirectory directory = new MMapDirectory(temporary.path());
            directory.setPreload(MMapDirectory.ALL_FILES);
            write(directory, data);
            merge(directory, vectors.codec(threads, threads == 1 ? null : executor, LuceneVectors.ALWAYS_GRAPH));
            return new LuceneIndex(temporary, DirectoryReader.open(directory), vectors, data.metric());
        } catch (IOException e) {
            temporary.close();
            throw new UncheckedIOException("Lucene cannot build: " + e.getMessage(), e);
        } catch (RuntimeException | Error e) {
            temporary.close();
            throw e;
        }
    }

    private void write(Directory directory, Dataset data) throws IOException {
        VectorSimilarityFunction similarity = data.metric() == Metric.L2
                ? VectorSimilarityFunction.EUCLIDEAN
                : VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT;
        Codec codec = vectors.codec(1, null, LuceneVectors.NO_GRAPH);
        try (IndexWriter writer = new IndexWriter(directory, configuration(codec))) {
            float[][] rows = data.base();
            for (int i = 0; i < rows.length; i++) {
                Document document = new Document();
                document.add(new KnnFloatVectorField(FIELD, rows[i], similarity));
                writer.addDocument(document);
                if (i == rows.length / 2) {
                    writer.flush();
                }
            }
            writer.commit();
        }
    }

    private static void merge(Directory directory, Codec codec) throws IOException {
        try (IndexWriter writer = new IndexWriter(directory, configuration(codec))) {
            writer.forceMerge(1);
            writer.commit();
        }
    }

    /** Segments are merged in their order, so that a document's number is the row's. */
    private static IndexWriterConfig configuration(Codec codec) {
        LogDocMergePolicy inOrder = new LogDocMergePolicy();
        inOrder.setMaxMergeDocs(Integer.MAX_VALUE);
        return new IndexWriterConfig()
                .setCodec(codec)
                .setMergePolicy(inOrder)
                .setUseCompoundFile(false)
                .setRAMBufferSizeMB(BUFFER_MEGABYTES);
    }
}
