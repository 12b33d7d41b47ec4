package io.vexel.cli;

import io.vexel.base.Bytes;
import io.vexel.cli.file.CsvShape;
import io.vexel.cli.file.FileFormat;
import io.vexel.cli.file.Input;
import io.vexel.cli.file.Row;
import io.vexel.cli.file.RowReader;
import io.vexel.cli.terminal.Figures;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.IndexStatus;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import io.vexel.engine.Collection;
import io.vexel.engine.FormatSpec;
import io.vexel.engine.Volume;
import io.vexel.filesystem.FsckProgress;
import io.vexel.filesystem.FsckReport;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/** The main job on real vectors, and a crash in the middle of it; every result is checked, none is assumed. */
final class Demo {

    private static final String BASE = "sift9k_base.bvecs";
    private static final String QUERIES = "sift9k_query.bvecs";
    private static final String TRUTH = "sift9k_groundtruth.ivecs";
    private static final long VOLUME_BYTES = 256 * Bytes.MIB;
    private static final int DIMENSION = 128;
    private static final int K = 10;
    private static final double LEAST_INDEX_RECALL = 0.95;
    private static final String SEARCHED = "sift";
    private static final String CRASHED = "crash";

    private final Path directory;
    private final Verb.Session session;
    private final Consumer<String> say;
    private final Path volumePath;
    private final List<Step> steps = new ArrayList<>();
    private final Map<String, Object> facts = new LinkedHashMap<>();

    /**
     * A line of the table at the end.
     *
     * @param passed whether the result is what it should be
     */
    record Step(String what, String result, String meaning, boolean passed) {}

    Demo(Path directory, Verb.Session session, Consumer<String> say) {
        this.directory = directory;
        this.session = session;
        this.say = say;
        this.volumePath = directory.resolve("demo.vexel");
    }

    /** Machine-readable results of the steps that ran. */
    Map<String, Object> facts() {
        return facts;
    }

    /** Runs all steps; stops early at Ctrl-C. */
    List<Step> run() {
        List<Runnable> parts = List.of(this::format, this::importAndSearch, this::crash);
        for (Runnable part : parts) {
            if (!session.stop().isRequested()) {
                part.run();
            }
        }
        return steps;
    }

    private void add(String what, boolean passed, String result, String meaning) {
        steps.add(new Step(what, passed ? result : "FAILED: " + result, meaning, passed));
    }

    private void format() {
        say.accept("Formatting a volume ...");
        for (String name : List.of(BASE, QUERIES, TRUTH)) {
            copyResource(name);
        }
        long start = System.nanoTime();
        Volume.format(volumePath, FormatSpec.ofBytes(VOLUME_BYTES));
        long nanos = System.nanoTime() - start;
        facts.put("formatMillis", nanos / 1e6);
        add(
                "Format a volume",
                true,
                Bytes.text(VOLUME_BYTES) + " in " + Figures.duration(nanos),
                "One file holds everything; it is sparse and grows as it fills.");
    }

    private void copyResource(String name) {
        try (InputStream source = Demo.class.getResourceAsStream("demo/" + name)) {
            if (source == null) {
                throw new IllegalStateException("resource=" + name + " is missing from this build");
            }
            Files.copy(source, directory.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(directory + ": cannot be written: " + e.getMessage(), e);
        }
    }

    private void importAndSearch() {
        try (Volume volume = Volume.open(volumePath)) {
            say.accept("Importing 9,000 SIFT vectors of real images ...");
            Collection collection = volume.createCollection(CollectionSpec.builder(SEARCHED)
                    .dimension(DIMENSION)
                    .metric(Metric.L2)
                    .build());
            long start = System.nanoTime();
            Importer.Outcome outcome = importRows(collection);
            long nanos = System.nanoTime() - start;
            facts.put("imported", outcome.stored());
            facts.put("rowsPerSecond", Figures.perSecond(outcome.stored(), nanos));
            add(
                    "Import real vectors",
                    collection.count() == outcome.stored() && outcome.complete(),
                    Figures.count(outcome.stored()) + " in " + Figures.duration(nanos),
                    "9,000 descriptors of photographs, 128 numbers each; durable when told so.");
            say.accept("Searching 1,000 real queries, comparing every vector ...");
            search(collection);
        }
    }

    private Importer.Outcome importRows(Collection collection) {
        try (RowReader reader = reader(BASE)) {
            Importer.Plan plan = new Importer.Plan(new IdRule(), 1_000, Long.MAX_VALUE, false);
            return new Importer(collection, reader, Optional.empty(), plan)
                    .run(session.stop()::isRequested, (_, _) -> {});
        }
    }

    private RowReader reader(String name) {
        FileFormat format = FileFormat.ofName(name).orElseThrow();
        return format.reader(Input.open(directory.resolve(name)), CsvShape.AUTOMATIC);
    }

    private List<VectorData> vectors(String name) {
        List<VectorData> result = new ArrayList<>();
        try (RowReader reader = reader(name)) {
            RowVectors vectors = RowVectors.of(reader, ElementType.FLOAT32, DIMENSION);
            for (Optional<Row> row = reader.next(); row.isPresent(); row = reader.next()) {
                result.add(vectors.vector(row.get()));
            }
        }
        return result;
    }

    private void search(Collection collection) {
        List<VectorData> queries = vectors(QUERIES);
        List<List<PointId>> truth = GroundTruth.read(directory.resolve(TRUTH).toString(), queries.size(), new IdRule());
        searchExactly(collection, queries, truth);
        say.accept("Searching them again with the index ...");
        long start = System.nanoTime();
        IndexStatus index = collection.awaitIndexed();
        long nanos = System.nanoTime() - start;
        QueryRun.Report report = new QueryRun(collection, queries, 1, request -> request.k(K)).measure();
        double recall = GroundTruth.recall(report.hits(), truth, K);
        facts.put("indexSeconds", nanos / 1e9);
        facts.put("indexRecall", recall);
        facts.put("indexQueriesPerSecond", report.queriesPerSecond());
        facts.put("indexP99Micros", report.micros(0.99));
        add(
                "Search with the index",
                index.problem().isEmpty() && index.tailRows() == 0 && recall >= LEAST_INDEX_RECALL,
                "recall " + Figures.decimal(recall, 4) + ", " + Figures.rate(report.queriesPerSecond()) + "/s",
                "It looks at few of the vectors, and finds nearly all of the true neighbors.");
    }

    private void searchExactly(Collection collection, List<VectorData> queries, List<List<PointId>> truth) {
        QueryRun.Report report =
                new QueryRun(collection, queries, 1, request -> request.k(K).exact()).measure();
        double recall = GroundTruth.recall(report.hits(), truth, K);
        facts.put("recall", recall);
        facts.put("count", queries.size());
        facts.put("queriesPerSecond", report.queriesPerSecond());
        facts.put("p50Micros", report.micros(0.50));
        facts.put("p95Micros", report.micros(0.95));
        facts.put("p99Micros", report.micros(0.99));
        add(
                "Find the 10 nearest",
                recall == 1,
                "recall " + recall,
                "1.0: for all 1,000 queries exactly the neighbors that were computed elsewhere.");
        add(
                "Speed of a search",
                true,
                Figures.rate(report.queriesPerSecond()) + "/s, p99 " + Figures.decimal(report.micros(0.99) / 1e3, 2)
                        + " ms",
                "One thread, every one of the 9,000 vectors compared each time.");
    }

    private void crash() {
        say.accept("Starting a writer and killing it half-way ...");
        long rows = vectorsInBase();
        KilledProcess.Result writer = KilledWriter.run(volumePath, CRASHED, directory.resolve(BASE), rows / 2);
        facts.put("killed", writer.killed());
        facts.put("acknowledged", writer.acknowledged());
        add(
                "Kill a writer",
                writer.killed(),
                "after " + Figures.count(writer.acknowledged()) + " rows",
                "Another process wrote row by row and was ended by SIGKILL: no chance to tidy up.");
        say.accept("Opening the volume again ...");
        long start = System.nanoTime();
        try (Volume volume = Volume.open(volumePath)) {
            long nanos = System.nanoTime() - start;
            facts.put("openMillis", nanos / 1e6);
            add(
                    "Open after the crash",
                    true,
                    "in " + Figures.duration(nanos),
                    "The journal was replayed; nothing is rebuilt.");
            verify(volume.collection(CRASHED), writer.acknowledged());
            add(
                    "First collection",
                    volume.collection(SEARCHED).count() == rows,
                    Figures.count(volume.collection(SEARCHED).count()) + " points",
                    "What was there before is untouched.");
        }
        check();
    }

    private long vectorsInBase() {
        return vectors(BASE).size();
    }

    private void verify(Collection collection, long acknowledged) {
        List<VectorData> base = vectors(BASE);
        List<Optional<Point>> found = collection.getAll(
                LongStream.range(0, acknowledged).<PointId>mapToObj(PointId::of).toList());
        long lost = 0;
        for (int i = 0; i < acknowledged; i++) {
            boolean there = found.get(i).map(point -> point.vector()).equals(Optional.of(base.get(i)));
            lost += there ? 0 : 1;
        }
        long count = collection.count();
        facts.put("found", count);
        facts.put("lost", lost);
        String more = count > acknowledged ? "; " + (count - acknowledged) + " more were just being written" : "";
        add(
                "Acknowledged rows",
                lost == 0 && count >= acknowledged,
                lost + " lost of " + Figures.count(acknowledged),
                "Each was read back and compared with the file" + more + ".");
    }

    private void check() {
        say.accept("Checking the file system ...");
        FsckReport report = VolumeCheck.run(volumePath, FsckProgress.NONE);
        facts.put("findings", report.errors());
        String first =
                report.findings().isEmpty() ? "" : report.findings().getFirst().toString();
        add(
                "Check of the volume",
                report.clean() && report.complete(),
                report.clean() ? "clean" : first,
                "Every block that is reachable, every count and every checksum was looked at.");
    }
}
