package io.vexel.bench.data;

import io.vexel.base.NotFoundException;
import io.vexel.base.ProtocolException;
import io.vexel.distance.Metric;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** Finds, reads, checks and completes data sets. */
public final class Datasets {

    private Datasets() {}

    /**
     * Loads a data set; computes the ground truth when the source has none or only for more rows than are taken.
     *
     * @throws NotFoundException when there is no such set
     * @throws ProtocolException when a file does not follow its format, or the parts do not fit each other
     * @throws IllegalArgumentException when the request asks for what is not allowed
     */
    public static Dataset load(DatasetRequest request) {
        request.metric().ifPresent(Datasets::checkMetric);
        Vectors vectors = read(request);
        checkMetric(vectors.metric());
        VectorChecks checks = new VectorChecks(request.source());
        checks.checkRows(vectors);
        if (request.k() > vectors.base().length) {
            throw new IllegalArgumentException("k=" + request.k() + ", allowed: at most the " + vectors.base().length
                    + " base rows of " + request.source());
        }
        if (vectors.metric() == Metric.COSINE) {
            Arrays.stream(vectors.base()).forEach(Distances::normalize);
            Arrays.stream(vectors.queries()).forEach(Distances::normalize);
        }
        return complete(request, vectors, checks);
    }

    private static Dataset complete(DatasetRequest request, Vectors vectors, VectorChecks checks) {
        String name = nameOf(request.source());
        if (vectors.hasTruth()) {
            checks.checkTruth(vectors, request.k());
            return new Dataset(name, vectors, vectors.truth(), "of the data set");
        }
        Metric metric = vectors.metric() == Metric.COSINE ? Metric.L2 : vectors.metric();
        int[][] truth = ExactNeighbors.find(metric, vectors.base(), vectors.queries(), request.k());
        return new Dataset(name, vectors, truth, "computed by exact search");
    }

    private static Vectors read(DatasetRequest request) {
        Optional<SyntheticVectors> synthetic = SyntheticVectors.parse(request.source());
        if (synthetic.isPresent()) {
            Vectors made = synthetic.get().make(request.limit());
            return Vectors.of(request.metric().orElse(Metric.L2), made.base(), made.queries());
        }
        Path path = Path.of(request.source());
        Optional<Path> hdf = hdfFile(path);
        if (hdf.isPresent()) {
            return HdfVectors.read(hdf.get(), request);
        }
        return VecsVectors.read(path, request);
    }

    private static Optional<Path> hdfFile(Path path) {
        String text = path.toString();
        if (text.endsWith(".hdf5") || text.endsWith(".h5")) {
            return Optional.of(path);
        }
        Path named = Path.of(text + ".hdf5");
        return Files.exists(named) ? Optional.of(named) : Optional.empty();
    }

    private static void checkMetric(Metric metric) {
        if (metric != Metric.L2 && metric != Metric.COSINE && metric != Metric.DOT) {
            throw new IllegalArgumentException("metric=" + metric.label() + ", allowed: l2, cosine, dot");
        }
    }

    private static String nameOf(String source) {
        return source.startsWith(SyntheticVectors.PREFIX)
                ? source
                : Optional.ofNullable(Path.of(source).getFileName())
                        .map(Path::toString)
                        .orElse(source);
    }
}
