package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.distance.Metric;
import io.vexel.testkit.AllocationMeter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A warm search of an index allocates its result, and not a byte beside it: not because the JIT finds that some object is not needed, but because there is
 * none. So it is measured in a JVM that does not look for such objects (escape analysis), and to the byte; the result's own size is measured by making one.
 *
 * <p>Compiled code it has to be. The interpreter and the first compiler make an object of each vector that a kernel computes with, whatever an index does;
 * the second compiler keeps them in registers, also without escape analysis.
 */
class SearchAllocationTest {

    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");
    private static final List<Metric> FLOAT_METRICS = List.of(Metric.L2, Metric.COSINE, Metric.DOT, Metric.L1);
    private static final int ROWS = 500;
    private static final int SEARCHES = 40;
    private static final String DIFFERENCE = "difference ";

    private static volatile Object kept = "";

    /**
     * Searches of one kind.
     *
     * @param options of the index, as {@code name=value}, with spaces between them
     * @param percent of the rows that a filter accepts; 100 for none
     * @param queries of a search
     */
    record Case(String kind, Metric metric, int dimension, String options, int percent, int queries) {

        IndexSpec spec() {
            Map<String, String> map = new HashMap<>();
            for (String option : options.split(" ")) {
                int equals = option.indexOf('=');
                map.put(option.substring(0, equals), option.substring(equals + 1));
            }
            return IndexSpec.parse(IndexKind.parse(kind), map);
        }

        boolean isFiltered() {
            return percent < 100;
        }
    }

    private static final Case USUAL = new Case("graph", Metric.L2, 32, "rows=full", 100, 1);

    static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (Metric metric : DEEP ? FLOAT_METRICS : FLOAT_METRICS.subList(0, 2)) {
            cases.add(new Case("graph", metric, 32, "rows=full", 100, 1));
            cases.add(new Case("graph", metric, 300, "rows=full", 100, 1));
            cases.add(new Case("hnsw", metric, 32, "m=8", 100, 1));
            cases.add(new Case("lsh", metric, 32, "tables=2", 100, 1));
        }
        cases.add(new Case("graph", Metric.L2, 32, "rows=small", 100, 1));
        cases.add(new Case("graph", Metric.L2, 32, "rows=small codes=4bit", 100, 1));
        // By codes alone, and by walks that compare codes or estimates.
        cases.add(new Case("graph", Metric.L2, 32, "rows=full", 5, 1));
        cases.add(new Case("graph", Metric.L2, 32, "rows=full", 60, 1));
        cases.add(new Case("graph", Metric.L2, 300, "rows=full", 60, 1));
        cases.add(new Case("graph", Metric.L1, 32, "rows=full", 60, 1));
        cases.add(new Case("graph", Metric.L2, 32, "rows=full", 100, 7));
        cases.add(new Case("hnsw", Metric.L2, 32, "m=8", 60, 7));
        cases.add(new Case("lsh", Metric.L2, 32, "tables=2", 60, 7));
        return cases;
    }

    /** As users run it. */
    @Test
    void search_onceCompiled_allocatesItsResultAlone() {
        assertThat(bytesBesideTheResult(USUAL)).isZero();
    }

    @Test
    @Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void search_whereTheJitLeavesNoObjectOut_allocatesItsResultAlone() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-XX:+UseSerialGC",
                        "-XX:-DoEscapeAnalysis",
                        "-Dvexel.deep=" + DEEP,
                        "--add-modules",
                        "jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SearchAllocationTest.class.getName())
                .redirectErrorStream(true)
                .start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(output).isZero();
            assertThat(output.lines().filter(line -> line.startsWith(DIFFERENCE)))
                    .containsExactlyElementsOf(cases().stream()
                            .map(each -> DIFFERENCE + 0 + " " + each)
                            .toList());
        } finally {
            process.destroyForcibly();
        }
    }

    /** The child. */
    public static void main(String[] args) {
        checkThatObjectsAreMade();
        for (Case each : cases()) {
            System.out.println(DIFFERENCE + bytesBesideTheResult(each) + " " + each);
        }
    }

    /** The pairs are what escape analysis would leave out. */
    private static void checkThatObjectsAreMade() {
        record Pair(int a, int b) {}
        int[] sum = new int[1];
        long bytes = AllocationMeter.leastBytes(20_000, () -> {
            for (int i = 0; i < SEARCHES; i++) {
                Pair pair = new Pair(i, sum[0]);
                sum[0] = pair.a() + pair.b();
            }
        });
        if (bytes < 16L * SEARCHES) {
            throw new IllegalStateException("bytes of " + SEARCHES + " objects=" + bytes);
        }
    }

    /** Of {@value #SEARCHES} searches, each for something else, once they are compiled. */
    private static long bytesBesideTheResult(Case like) {
        try (ClusteredRows rows = new ClusteredRows(like.metric, like.dimension, ROWS, 29);
                DerivedIndex index = rows.index(like.spec())) {
            BitSet accepted = new BitSet();
            IntStream.range(0, ROWS).filter(row -> row % 100 < like.percent).forEach(accepted::set);
            SomeRows some = new SomeRows(accepted);
            List<SearchRequest> requests = new ArrayList<>();
            for (int search = 0; search < SEARCHES; search++) {
                int first = search;
                SearchRequest plain = SearchRequest.nearest(
                        IntStream.range(first, first + like.queries)
                                .mapToObj(query -> QueryVector.of(rows.queries[query]))
                                .toList(),
                        ClusteredRows.K);
                requests.add(like.isFiltered() ? plain.withFilter(row -> accepted.get((int) row)) : plain);
            }
            Effort effort = Effort.of(24);
            long results = AllocationMeter.leastBytes(10, () -> {
                for (int search = 0; search < SEARCHES; search++) {
                    kept = someResult(like.queries);
                }
            });
            long all = AllocationMeter.bytesOnceCompiled(results, () -> {
                for (int search = 0; search < SEARCHES; search++) {
                    SearchRequest request = requests.get(search);
                    kept = like.isFiltered() ? index.searchAmong(request, effort, some) : index.search(request, effort);
                }
            });
            return all - results;
        }
    }

    private static SearchResult someResult(int queries) {
        Neighbors[] found = new Neighbors[queries];
        for (int query = 0; query < queries; query++) {
            found[query] = new Neighbors(new long[ClusteredRows.K], new double[ClusteredRows.K]);
        }
        return SearchResult.of(found, new SearchCost(1, 1));
    }
}
