package io.vexel.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class MainTest {

    @TempDir
    Path directory;

    @Test
    void main_smallSet_printsAndWritesBothFiles() throws Exception {
        Path json = directory.resolve("r.json");
        Path report = directory.resolve("r.html");
        BenchCommand result = BenchCommand.run(
                "--dataset",
                "synthetic:600x8",
                "--engines",
                "vexel-flat,lucene",
                "--rounds",
                "1",
                "--seconds",
                "0.001",
                "--threads",
                "1,2",
                "--ef",
                "10,40",
                "--json",
                json.toString(),
                "--report",
                report.toString());
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out())
                .contains("synthetic:600x8: 600 rows of dimension 8", "vexel-flat", "wall clock", "JVM");
        assertThat(result.err()).contains("vexel: lucene: build, 2 threads: ");
        JsonNode facts = JsonMapper.shared().readTree(Files.readString(json));
        assertThat(facts.get("engines").get(0).get("name").asString()).isEqualTo("vexel-flat");
        assertThat(facts.get("engines").get(0).get("curve").get(0).get("recall").asDouble())
                .isEqualTo(1);
        assertThat(facts.get("machine").get("java").asString()).startsWith("25");
        assertThat(Files.readString(report)).startsWith("<!DOCTYPE html>").contains("</svg>");
    }

    @Test
    void main_memory_measuresEveryAllocatorAndWritesTheRatios() throws Exception {
        Path json = directory.resolve("memory.json");
        BenchCommand result = BenchCommand.run(
                "memory", "--peers", "--sizes", "64", "--rounds", "1", "--pairs", "2000", "--json", json.toString());
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out())
                .contains("64 BYTES", "slab, 2 threads", "2 threads / alone", "netty adaptive", "netty pooled");
        JsonNode allocators = JsonMapper.shared()
                .readTree(Files.readString(json))
                .get("results")
                .get(0)
                .get("allocators");
        assertThat(allocators.get(0).get("name").asString()).isEqualTo("slab");
        assertThat(allocators.get(0).get("overSlab").asDouble()).isEqualTo(1);
        assertThat(allocators.get(0).get("nanos").get("min").asDouble()).isPositive();
    }

    @Test
    void main_paging_recordsReplaysAndWritesWhatItReadsBack() throws Exception {
        Path json = directory.resolve("p.json");
        BenchCommand result = BenchCommand.run(
                "paging",
                "--dataset",
                "synthetic:2000x16",
                "--searches",
                "300",
                "--searches-per-scan",
                "100",
                "--record",
                directory.toString(),
                "--swap",
                directory.toString(),
                "--json",
                json.toString());
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out())
                .contains(
                        "RANDOM READ",
                        "scans told",
                        "SKETCH-CLOCK",
                        "OPT",
                        "synthetic:2000x16, steady",
                        "made up",
                        "JVM");
        JsonNode facts = JsonMapper.shared().readTree(Files.readString(json));
        assertThat(facts.get("results").size()).isEqualTo(6);
        JsonNode first = facts.get("results").get(0);
        assertThat(first.get("opt").asDouble())
                .isGreaterThanOrEqualTo(first.get("lru").asDouble());
        BenchCommand again = BenchCommand.run(
                "paging",
                "--trace",
                directory.resolve("synthetic-2000x16-steady.trace").toString(),
                "--json",
                json.toString());
        assertThat(again.exitCode()).as(again.err()).isZero();
        JsonNode reread = JsonMapper.shared().readTree(Files.readString(json)).get("results");
        assertThat(reread.get(0).get("opt").asDouble())
                .isEqualTo(first.get("opt").asDouble());
    }

    @ParameterizedTest
    @CsvSource({"false, scattered", "true, in one place"})
    void main_filter_measuresEveryShareAndWritesIt(boolean correlated, String where) throws Exception {
        Path json = directory.resolve("f.json");
        List<String> arguments =
                new ArrayList<>(List.of("filter", "--dataset", "synthetic:3000x16", "--share", "50,5,.5"));
        arguments.addAll(List.of("--rounds", "2", "--queries", "20", "--ef", "64", "--json", json.toString()));
        if (correlated) {
            arguments.add("--correlated");
        }
        BenchCommand result = BenchCommand.run(arguments.toArray(String[]::new));
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out())
                .contains(
                        "3,000 rows of dimension 16",
                        "20 queries, k = 10, ef 64, graph index, matches " + where,
                        "/ BETTER",
                        "JVM");
        JsonNode facts = JsonMapper.shared().readTree(Files.readString(json));
        assertThat(facts.get("correlated").asBoolean()).isEqualTo(correlated);
        assertThat(facts.get("results").size()).isEqualTo(3);
        JsonNode half = facts.get("results").get(0);
        assertThat(half.get("matches").asInt()).isEqualTo(1_500);
        assertThat(half.get("recall").asDouble()).isBetween(0.8, 1.0);
        for (String spread :
                List.of("unfilteredMicros", "filteredMicros", "exactMicros", "overBetter", "filteredBytes")) {
            assertThat(half.get(spread).get("min").asDouble())
                    .as(spread)
                    .isPositive()
                    .isLessThanOrEqualTo(half.get(spread).get("max").asDouble());
        }
        JsonNode few = facts.get("results").get(2);
        assertThat(few.get("matches").asInt()).isEqualTo(15);
        assertThat(few.get("recall").asDouble()).isEqualTo(1);
        assertThat(few.get("plans").get("matches-alone").asInt()).isEqualTo(20);
    }

    @Test
    void main_filter_ofAFieldWithoutAnIndex_countsPayloads() throws Exception {
        Path json = directory.resolve("u.json");
        List<String> arguments = new ArrayList<>(List.of("filter", "--dataset", "synthetic:3000x16", "--share", "50"));
        arguments.addAll(List.of("--unindexed", "--index", "hnsw", "--rounds", "1", "--queries", "20"));
        arguments.addAll(List.of("--json", json.toString()));
        BenchCommand result = BenchCommand.run(arguments.toArray(String[]::new));
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out()).contains("hnsw index, matches scattered, payloads read", "PAYLOADS");
        JsonNode facts = JsonMapper.shared().readTree(Files.readString(json));
        assertThat(facts.get("unindexed").asBoolean()).isTrue();
        assertThat(facts.get("index").asString()).isEqualTo("hnsw");
        JsonNode half = facts.get("results").get(0);
        assertThat(half.get("plans").get("index-then-filter").asInt()).isGreaterThanOrEqualTo(18);
        assertThat(half.get("filteredPayloads").get("median").asDouble()).isBetween(15.0, 40.0);
        assertThat(half.get("exactPayloads").get("median").asDouble()).isGreaterThan(40);
        BenchCommand flat = BenchCommand.run("filter", "--dataset", "synthetic:3000x16", "--index", "flat");
        assertThat(flat.exitCode()).isEqualTo(64);
        assertThat(flat.err()).contains("index=flat, allowed: graph, hnsw, lsh");
    }

    @Test
    void main_budget_measuresEveryShareAndWritesIt() throws Exception {
        Path json = directory.resolve("b.json");
        BenchCommand result = BenchCommand.run(
                "budget",
                "--dataset",
                "synthetic:3000x300",
                "--share",
                "60",
                "--rounds",
                "2",
                "--queries",
                "20",
                "--json",
                json.toString());
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out()).contains("3,000 rows of dimension 300", "in the system's cache", "no limit", "60.0");
        JsonNode results = JsonMapper.shared().readTree(Files.readString(json)).get("results");
        assertThat(results.size()).isEqualTo(2);
        JsonNode free = results.get(0);
        assertThat(free.get("budgetBytes").isNull()).isTrue();
        assertThat(free.get("rows").asString()).isEqualTo("full");
        assertThat(free.get("overUnbounded").get("median").asDouble()).isEqualTo(1);
        JsonNode limited = results.get(1);
        assertThat(limited.get("recall").asDouble()).isBetween(0.9, 1.0);
        assertThat(limited.get("peakBytes").asLong())
                .isPositive()
                .isLessThanOrEqualTo(limited.get("budgetBytes").asLong())
                .isLessThan(free.get("peakBytes").asLong());
        assertThat(limited.get("queriesPerSecond").get("min").asDouble()).isPositive();
    }

    @Test
    void main_help_namesEnginesAndExamples() {
        BenchCommand result = BenchCommand.run("--help");
        assertThat(result.exitCode()).isZero();
        assertThat(result.out())
                .contains("--dataset=DIR/NAME", "vexel-flat,", "lucene-sq,", "jvector-fused,", "hnswlib", "Examples:");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--peers                                        | 64 | --dataset=DIR/NAME",
                "--dataset synthetic:9x2 --ef 5                 | 64 | ef=5, allowed: at least k = 10",
                "--dataset synthetic:9x2                        | 64 | k=10, allowed: at most the 9 base rows",
                "--dataset synthetic:99x2 --engines faiss       | 64 | engine=faiss, allowed: vexel, vexel-small",
                "--dataset synthetic:99x2 --threads 0           | 64 | threads=0, allowed: 1..256",
                "--dataset synthetic:99x2 --clock sun           | 64 | --clock",
                "--dataset synthetic:99x2 --metric cosinus      | 64 | metric=cosinus",
                "--dataset synthetic:99x2 --limit 0             | 64 | limit=0, allowed: at least 1",
                "--dataset synthetic:99x2 --report r.pdf        | 64 | allowed: names that end in .svg, .html",
                "--dataset synthetic:99x2 --json nowhere/x.json | 64 | allowed: a file in a directory that exists",
                "paging --cache 0                               | 64 | cache=0, allowed: 1..100",
                "paging --faults --page-bytes 2048              | 64 | page-bytes=2048, allowed: 4096..16384",
                "paging --page-bytes 1000                       | 64 | page-bytes=1000, allowed: a power of two",
                "paging --trace no/such.trace                   | 66 | there is no trace no/such.trace",
                "paging --record no/such                        | 64 | record=no/such, allowed: a directory that exists",
                "memory --peers --sizes 4                       | 64 | sizes=4, allowed: 8..131072",
                "memory --sizes 64                              | 64 | see 'vexel bench memory --peers --help'",
                "paging --frames                                | 64 | see 'vexel bench paging --help'",
                "filter                                         | 64 | see 'vexel bench filter --help'",
                "filter --dataset synthetic:99x2 --share 0      | 64 | share=0.0, allowed: above 0, up to 100, in percent",
                "filter --dataset synthetic:99x2 --share 5      | 64 | share=5.0, allowed: shares of at least k = 10 of",
                "filter --dataset synthetic:99x2 --ef 9         | 64 | ef=9, allowed: 10..",
                "filter --dataset synthetic:99x2 --limit 0      | 64 | limit=0, allowed: at least 1",
                "filter --dataset synthetic:99x2 --rounds 0     | 64 | rounds=0, allowed: 1..",
                "budget                                         | 64 | see 'vexel bench budget --help'",
                "budget --dataset synthetic:99x2 --share 0      | 64 | share=0.0, allowed: above 0, up to 1000, in percent",
                "budget --dataset synthetic:99x2 --recall 2     | 64 | recall=2.0, allowed: above 0, up to 1",
                "filter --dataset no/such/set                   | 66 | there is no no/such/set_base.fvecs",
                "--dataset no/such/set                          | 66 | there is no no/such/set_base.fvecs",
            })
    void main_wrongCommandLine_isOneLineAndACode(String arguments, int exitCode, String message) {
        BenchCommand result = BenchCommand.run(arguments.strip().split(" +"));
        assertThat(result.exitCode()).isEqualTo(exitCode);
        assertThat(result.err().strip()).startsWith("vexel: ").contains(message).doesNotContain("\n");
        assertThat(result.out()).isEmpty();
    }

    @Test
    void main_damagedFile_isADataError() throws Exception {
        Files.write(directory.resolve("bad_base.fvecs"), new byte[] {1, 2, 3});
        Files.write(directory.resolve("bad_query.fvecs"), new byte[] {1, 2, 3});
        BenchCommand result =
                BenchCommand.run("--dataset", directory.resolve("bad").toString());
        assertThat(result.exitCode()).isEqualTo(65);
        assertThat(result.err()).contains("bad_base.fvecs").contains("expected 4 bytes of the dimension of row 0");
    }

    /**
     * Few rows have no index; most of the time that more would take goes into building graphs by code that is not compiled yet, in this
     * process and in the one that is killed. The long form has one, with a checkpoint before the kill.
     */
    @Test
    void life_fewRows_runsAllPhasesAndLosesNothing() throws Exception {
        int rows = Boolean.getBoolean("vexel.deep") ? 8_000 : 600;
        Path json = directory.resolve("life.json");
        BenchCommand result = BenchCommand.run(
                "life",
                "--dataset",
                "synthetic:" + rows + "x16",
                "--rows",
                String.valueOf(rows),
                "--batch",
                String.valueOf(rows / 10),
                "--rounds",
                "2",
                "--json",
                json.toString());
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out())
                .contains(
                        "synthetic:" + rows + "x16: ",
                        " rows of dimension 16",
                        "sustained",
                        "burst",
                        "crash",
                        "churn",
                        "JVM");
        JsonNode facts = JsonMapper.shared().readTree(Files.readString(json));
        // After every fifth batch of ten, in two rounds; the one that is not counted has none of them.
        assertThat(facts.get("sustained").get("searches").asInt()).isEqualTo(4);
        assertThat(facts.get("sustained").get("rowsPerSecondNewJvm").asDouble()).isPositive();
        assertThat(facts.get("sustained").get("longestTail").asInt()).isBetween(1, rows);
        assertThat(facts.get("burst").get("rowsPerSecond").asDouble()).isPositive();
        assertThat(facts.get("crash").get("lost").asLong()).isZero();
        assertThat(facts.get("crash").get("acknowledged").asLong()).isBetween(rows / 2L, (long) rows);
        assertThat(facts.get("churn").get("compactedSpace").asDouble()).isBetween(.5, 2.0);
        assertThat(facts.get("churn").get("compactedRecall").asDouble()).isGreaterThan(.9);
    }

    @Test
    void reopen_fewRows_opensInNewProcessesAndHereAndFindsAlmostAll() throws Exception {
        Path json = directory.resolve("reopen.json");
        BenchCommand result = BenchCommand.run(
                "reopen", "--dataset", "synthetic:3000x16", "--rounds", "2", "--ef", "80", "--json", json.toString());
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out()).contains("3,000 rows", "new JVM, s until the first answer", "ef 80");
        JsonNode facts = JsonMapper.shared().readTree(Files.readString(json));
        assertThat(facts.get("searches").get(0).get("recall").asDouble()).isGreaterThan(.95);
        for (String where : List.of("newJvm", "warm")) {
            JsonNode openings = facts.get(where);
            assertThat(openings.get("volumeSeconds").get("min").asDouble()).isPositive();
            assertThat(openings.get("loadedSeconds").get("max").asDouble())
                    .isGreaterThanOrEqualTo(
                            openings.get("firstAnswerSeconds").get("min").asDouble());
        }
    }

    @Test
    void life_help_explainsItsPhases() {
        BenchCommand result = BenchCommand.run("life", "--help");
        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).contains("Usage: vexel bench life", "--rows=N", "SIGKILL");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "life --rows 99       | rows=99, allowed: at least 100",
                "life --batch 0       | batch=0, allowed: 1..",
                "life --tail 5        | tail=5, allowed: 4096..",
                "life --rounds 0      | rounds=0, allowed: 1..100",
                "reopen --rounds 0    | rounds=0, allowed: 1..100",
                "reopen --ef 0        | ef=0, allowed: 1..10000",
                "reopen --limit -3    | limit=-3, allowed: at least 1",
                "life --threads 0     | threads=0, allowed: 1..256",
                "life --peers         | (see 'vexel bench life --help')",
            })
    void life_wrongCommandLine_isAUsageError(String arguments, String message) {
        BenchCommand result = BenchCommand.run(arguments.strip().split(" +"));
        assertThat(result.exitCode()).isEqualTo(64);
        assertThat(result.err().strip()).startsWith("vexel: ").contains(message).doesNotContain("\n");
    }
}
