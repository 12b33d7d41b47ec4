package io.vexel.cli;

import io.vexel.base.ProtocolException;
import io.vexel.cli.file.FileFormat;
import io.vexel.cli.file.Input;
import io.vexel.cli.file.Output;
import io.vexel.cli.file.Row;
import io.vexel.cli.file.RowReader;
import io.vexel.cli.file.RowWriter;
import io.vexel.cli.terminal.Figures;
import io.vexel.cli.terminal.Json;
import io.vexel.cli.terminal.Table;
import io.vexel.collection.FieldPath;
import io.vexel.collection.Filter;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorCacheStatistics;
import io.vexel.collection.VectorData;
import io.vexel.engine.Collection;
import io.vexel.engine.Fusion;
import io.vexel.engine.FusionPlan;
import io.vexel.engine.Hit;
import io.vexel.engine.KeywordPlan;
import io.vexel.engine.Keywords;
import io.vexel.engine.RecallGoal;
import io.vexel.engine.SearchPlan;
import io.vexel.engine.SearchRequest;
import io.vexel.engine.SearchResult;
import io.vexel.engine.Volume;
import io.vexel.index.Combination;
import io.vexel.index.Pool;
import java.io.ByteArrayInputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "vexel search",
        description = "Finds the nearest points of one query, or measures many queries out of a file.",
        footer = {
            "",
            "With --queries, every query is timed from call to answer. Before the clock starts, the first queries (100, or all"
                    + " if there are fewer) run once to load vectors and warm up the compiler; what the very first one took is"
                    + " reported apart. With --batch, a latency is that of a whole batch.",
            "",
            "Examples:",
            "  vexel search docs.vexel articles --vector '[0.1, 0.2, 0.7]' -k 5 --filter 'lang = \"en\"'",
            "  vexel search docs.vexel articles --id 17 --text 'title=red shoes'",
            "  vexel search docs.vexel sift --queries query.fvecs -k 10 --ground-truth groundtruth.ivecs"
        })
final class SearchVerb extends Verb {

    private static final int RANK_CONSTANT = 60;

    @Mixin
    VolumeTarget target = new VolumeTarget();

    @Parameters(index = "1", paramLabel = "COLLECTION", description = "Name of the collection.")
    String name = "";

    @Option(
            names = "--vector",
            paramLabel = "JSON",
            description = "Searches near this vector: '[0.1, 0.2, ...]'. Several go with --combine.")
    List<String> vectors = new ArrayList<>();

    @Option(
            names = "--id",
            paramLabel = "ID",
            description = "Searches for points like the one with this id, which is left out.")
    Optional<String> id = Optional.empty();

    @Option(
            names = "--text",
            paramLabel = "FIELD=WORDS",
            description = "Searches for words in a field with a text index, alone or beside vectors.")
    Optional<String> text = Optional.empty();

    @Option(
            names = "--combine",
            paramLabel = "HOW",
            description = "With several vectors: min, max or sum of the distances, or rank.")
    Optional<String> combine = Optional.empty();

    @Option(
            names = "--vector-weight",
            paramLabel = "W",
            description =
                    "With --text and a vector: weighs distances with W and words with 1 - W, 0..1, instead of ranks.")
    Optional<Double> vectorWeight = Optional.empty();

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "Gives up when a search takes longer (exit code 124).")
    Optional<Double> timeout = Optional.empty();

    @Option(names = "--queries", paramLabel = "FILE", description = "Runs every vector of this file as a query.")
    Optional<String> queries = Optional.empty();

    @Mixin
    FileChoice choice = new FileChoice();

    @Option(names = "-k", paramLabel = "K", description = "Most hits a query (default: 10; with --radius no limit).")
    Optional<Integer> k = Optional.empty();

    @Option(names = "--radius", paramLabel = "R", description = "Finds only points at this distance or nearer.")
    Optional<Double> radius = Optional.empty();

    @Option(
            names = "--filter",
            paramLabel = "CONDITION",
            converter = FilterConverter.class,
            description = "Finds only points whose payload fulfils this.")
    Optional<Filter> filter = Optional.empty();

    @Option(names = "--exact", description = "Compares every point, whatever index there is.")
    boolean exact;

    @Option(
            names = "--ef",
            paramLabel = "N",
            description =
                    "Candidates that an index keeps: more finds more and takes longer (default: by k, or ef_search of hnsw).")
    Optional<Integer> ef = Optional.empty();

    @Option(
            names = "--pool",
            paramLabel = "POOL",
            description =
                    "What a walk through a graph goes by: exact (distances between codes), estimate (fewer codes are read,"
                            + " more is missed) or auto (by the dimension; the default).")
    Pool pool = Pool.AUTO;

    @Option(
            names = "--recall",
            paramLabel = "SHARE",
            description = "Chooses --ef so that this share of the true nearest can be expected, 0..1, both excluded.")
    Optional<Double> recall = Optional.empty();

    @Option(names = "--explain", description = "Says how the search was carried out.")
    boolean explain;

    @Option(
            names = "--ground-truth",
            paramLabel = "FILE",
            description = "With --queries: the true nearest rows of each query (ivecs), for recall.")
    Optional<String> groundTruth = Optional.empty();

    @Mixin
    IdRule ids = new IdRule();

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "1",
            description = "Threads that share each search; 0: all processors (default: ${DEFAULT-VALUE}).")
    int threads;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "1",
            description = "With --queries: queries that are answered together (default: ${DEFAULT-VALUE}).")
    int batch;

    @Option(names = "--limit", paramLabel = "N", description = "With --queries: runs only the first N.")
    Optional<Integer> limit = Optional.empty();

    @Option(names = "--output", paramLabel = "FILE", description = "With --queries: writes the hits as JSON lines.")
    Optional<String> output = Optional.empty();

    @Override
    public Integer call() {
        long given = Math.min(1, vectors.size())
                + id.stream().count()
                + queries.stream().count();
        if (given > 1 || (given == 0 && text.isEmpty())) {
            throw usage(
                    "one of --vector, --id and --queries says what to search for, or --text, which goes with the first"
                            + " two; given: " + given);
        }
        if (queries.isPresent() && (text.isPresent() || combine.isPresent() || vectorWeight.isPresent())) {
            throw usage("--text, --combine and --vector-weight go with --vector and --id");
        }
        if (queries.isEmpty() && (groundTruth.isPresent() || output.isPresent() || batch != 1 || limit.isPresent())) {
            throw usage("--ground-truth, --output, --batch and --limit go with --queries");
        }
        inRange("--threads", threads, 0, SearchRequest.MAX_THREADS);
        inRange("--batch", batch, 1, Integer.MAX_VALUE);
        limit.ifPresent(queriesMost -> inRange("--limit", queriesMost, 1, Integer.MAX_VALUE));
        ids.check(this);
        try (Volume volume = target.openReadOnly()) {
            if (queries.isPresent()) {
                searchMany(volume);
            } else {
                searchOne(volume);
            }
        }
        return EXIT_OK;
    }

    private void searchOne(Volume volume) {
        Collection collection = volume.collection(name);
        SearchResult result = collection.search(
                configure(question(collection)).includePayloads().build());
        List<Map<String, Object>> hits =
                result.hits().stream().map(SearchVerb::hitFacts).toList();
        Table table = table(result.hits());
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("hits", hits);
        facts.put("vectorsCompared", result.cost().vectorsCompared());
        facts.put("payloadsChecked", result.cost().payloadsChecked());
        facts.put("micros", result.cost().nanos() / 1e3);
        facts.putAll(planFacts(result.plan()));
        facts.put("vectorCache", MemoryFacts.rows(volume.memory().vectorCache()));
        String cost = "compared " + Figures.count(result.cost().vectorsCompared()) + " vectors in "
                + Figures.decimal(result.cost().nanos() / 1e6, 2) + " ms, loading included"
                + System.lineSeparator();
        String plan = explain ? result.plan().explain() + System.lineSeparator() + cacheText(volume) : "";
        print(facts, (hits.isEmpty() ? "no hits" + System.lineSeparator() : table.toString()) + cost + plan);
    }

    /** What the cache of vectors did while the volume was open, which is for this command; empty where vectors fit. */
    private static String cacheText(Volume volume) {
        VectorCacheStatistics cache = volume.memory().vectorCache();
        return cache.mostEntries() == 0
                ? ""
                : "vector cache: " + Figures.count(cache.hits()) + " rows were in it, " + Figures.count(cache.misses())
                        + " were read from the volume" + System.lineSeparator();
    }

    private static Map<String, Object> planFacts(SearchPlan plan) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("exact", plan.isExact());
        facts.put("plan", plan.explain());
        facts.put("ef", plan.ef());
        facts.put("pool", plan.pool().map(Pool::label));
        facts.put("recallTarget", plan.goal().map(RecallGoal::target));
        facts.put("expectedRecall", plan.goal().map(RecallGoal::expected));
        facts.put("expectedRecallUnfiltered", plan.goal().map(RecallGoal::unfiltered));
        facts.put("words", plan.keywords().map(SearchVerb::wordFacts));
        facts.put("fusion", plan.fusion().map(FusionPlan::explain));
        return facts;
    }

    private static Map<String, Object> wordFacts(KeywordPlan words) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("field", words.field().toString());
        facts.put("words", words.words());
        facts.put("matches", words.matches());
        facts.put("payloadsRead", words.payloadsRead());
        return facts;
    }

    private static Table table(List<Hit> hits) {
        boolean scored = hits.stream().anyMatch(hit -> hit.score().isPresent());
        Table table = scored ? new Table("ID", "SCORE", "DISTANCE", "PAYLOAD") : new Table("ID", "DISTANCE", "PAYLOAD");
        for (Hit hit : hits) {
            List<Object> cells = new ArrayList<>();
            cells.add(hit.id());
            hit.score().ifPresent(score -> cells.add(Figures.significant(score)));
            cells.add(Double.isNaN(hit.distance()) ? "-" : Figures.significant(hit.distance()));
            cells.add(hit.payload().map(RowWriter::oneLine).orElse("-"));
            table.row(cells.toArray());
        }
        return table;
    }

    static Map<String, Object> hitFacts(Hit hit) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("id", Points.id(hit.id()));
        if (!Double.isNaN(hit.distance())) {
            facts.put("distance", hit.distance());
        }
        hit.score().ifPresent(score -> facts.put("score", score));
        hit.payload().ifPresent(payload -> facts.put("payload", Points.payload(payload)));
        return facts;
    }

    private SearchRequest.Builder configure(SearchRequest.Builder builder) {
        k.ifPresent(builder::k);
        radius.ifPresent(builder::radius);
        filter.ifPresent(builder::filter);
        ef.ifPresent(builder::ef);
        recall.ifPresent(builder::recallTarget);
        builder.pool(pool);
        if (exact) {
            builder.exact();
        }
        timeout.ifPresent(seconds -> builder.timeout(Duration.ofNanos(Math.round(seconds * 1e9))));
        return threads == 0 ? builder.allCores() : builder.threads(threads);
    }

    /** What --vector, --id, --text, --combine and --vector-weight ask for. */
    private SearchRequest.Builder question(Collection collection) {
        Optional<SearchRequest.Builder> near = id.map(PointId::parse).map(SearchRequest::like);
        if (!vectors.isEmpty()) {
            near = Optional.of(SearchRequest.builder(
                    vectors.stream().map(json -> parseVector(collection, json)).toList()));
        }
        Optional<Keywords> words = text.map(this::keywords);
        SearchRequest.Builder builder = near.orElseGet(() -> SearchRequest.keywords(
                words.orElseThrow().field().toString(), words.orElseThrow().words()));
        words.ifPresent(some -> builder.text(some.field().toString(), some.words()));
        if (combine.isPresent() && combine.get().equals("rank")) {
            builder.fuse(Fusion.reciprocalRank(RANK_CONSTANT));
        } else {
            combine.ifPresent(how -> builder.combine(combination(how)));
        }
        vectorWeight.ifPresent(weight -> builder.fuse(Fusion.weighted(weight)));
        return builder;
    }

    private Keywords keywords(String given) {
        int equals = given.indexOf('=');
        if (equals < 1) {
            throw usage("--text=" + given + ", allowed: FIELD=WORDS");
        }
        return new Keywords(FieldPath.parse(given.substring(0, equals)), given.substring(equals + 1));
    }

    private Combination combination(String how) {
        return switch (how) {
            case "min" -> Combination.MIN;
            case "max" -> Combination.MAX;
            case "sum" -> Combination.SUM;
            default -> throw usage("--combine=" + how + ", allowed: min, max, sum, rank");
        };
    }

    private VectorData parseVector(Collection collection, String json) {
        String line = "{\"vector\":" + json.replaceAll("\\R", " ") + "}";
        Input text = Input.of(
                "--vector", Channels.newChannel(new ByteArrayInputStream(line.getBytes(StandardCharsets.UTF_8))));
        try (RowReader reader = FileFormat.JSONL.reader(text, io.vexel.cli.file.CsvShape.AUTOMATIC)) {
            Row row = reader.next().orElseThrow(() -> usage("--vector is empty"));
            return RowVectors.of(
                            reader,
                            collection.spec().elementType(),
                            collection.spec().dimension())
                    .vector(row);
        } catch (ProtocolException e) {
            throw usage(String.valueOf(e.getMessage()).replaceAll("row 0 \\(byte 0\\): ", ""));
        }
    }

    private void searchMany(Volume volume) {
        Collection collection = volume.collection(name);
        List<VectorData> vectors = readQueries(collection);
        QueryRun run = new QueryRun(collection, vectors, batch, this::configure);
        Optional<List<List<PointId>>> truth = groundTruth.map(file -> GroundTruth.read(file, vectors.size(), ids));
        QueryRun.Report report = run.measure();
        Map<String, Object> facts = new LinkedHashMap<>();
        int considered = k.orElse(QueryRun.DEFAULT_K);
        Optional<Double> recall = truth.map(lists -> GroundTruth.recall(report.hits(), lists, considered));
        facts.put("recall", recall);
        facts.put("queriesPerSecond", report.queriesPerSecond());
        facts.put("p50Micros", report.micros(0.50));
        facts.put("p95Micros", report.micros(0.95));
        facts.put("p99Micros", report.micros(0.99));
        facts.put("count", vectors.size());
        facts.put("k", considered);
        facts.put("batch", batch);
        facts.put("threads", threads == 0 ? Runtime.getRuntime().availableProcessors() : threads);
        facts.putAll(planFacts(report.plan()));
        facts.put("vectorsCompared", report.vectorsCompared());
        facts.put("warmupQueries", report.warmupQueries());
        facts.put("firstMicros", report.firstNanos() / 1e3);
        facts.put("vectorCache", MemoryFacts.rows(volume.memory().vectorCache()));
        writeHits(report);
        print(facts, text(report, recall, considered) + (explain ? cacheText(volume) : ""));
    }

    private List<VectorData> readQueries(Collection collection) {
        List<VectorData> result = new ArrayList<>();
        try (RowReader reader = choice.open(this, queries.orElseThrow())) {
            RowVectors vectors = RowVectors.of(
                    reader, collection.spec().elementType(), collection.spec().dimension());
            int most = limit.orElse(Integer.MAX_VALUE);
            for (Optional<Row> row = reader.next(); row.isPresent() && result.size() < most; row = reader.next()) {
                result.add(vectors.vector(row.get()));
            }
        }
        if (result.isEmpty()) {
            throw new ProtocolException(queries.orElseThrow() + ": expected queries, found none");
        }
        return result;
    }

    private void writeHits(QueryRun.Report report) {
        if (output.isEmpty()) {
            return;
        }
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < report.hits().size(); i++) {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("query", i);
            line.put(
                    "hits",
                    report.hits().get(i).stream().map(SearchVerb::hitFacts).toList());
            lines.append(Json.of(line)).append('\n');
        }
        try (Output written = Output.file(Path.of(output.get()), Output.Existing.REPLACE)) {
            written.write(lines.toString());
            written.commit();
        }
    }

    private String text(QueryRun.Report report, Optional<Double> recall, int considered) {
        String unit = batch == 1 ? "a query" : "a batch of " + batch;
        String truth = recall.map(value -> row("recall@" + considered, Figures.decimal(value, 4)))
                .orElse("");
        return row("queries", Figures.count(report.hits().size()) + ", k = " + considered + how(report.plan()))
                + truth
                + row("queries/s", Figures.rate(report.queriesPerSecond()))
                + row(
                        "latency",
                        "p50 " + Figures.decimal(report.micros(0.50), 0) + " us, p95 "
                                + Figures.decimal(report.micros(0.95), 0) + " us, p99 "
                                + Figures.decimal(report.micros(0.99), 0)
                                + " us, " + unit)
                + row(
                        "not counted",
                        report.warmupQueries() + " queries to warm up, the first took "
                                + Figures.decimal(report.firstNanos() / 1e6, 1) + " ms, loading included");
    }

    private String how(SearchPlan plan) {
        return explain
                ? "; the last: " + plan.explain()
                : plan.kind() == SearchPlan.Kind.EXACT_SCAN ? ", exact" : ", indexed";
    }

    private static String row(String name, String value) {
        return "%-13s%s%n".formatted(name, value);
    }
}
