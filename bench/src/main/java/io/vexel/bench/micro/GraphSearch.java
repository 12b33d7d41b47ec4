package io.vexel.bench.micro;

import io.vexel.bench.data.Dataset;
import io.vexel.bench.data.DatasetRequest;
import io.vexel.bench.data.Datasets;
import io.vexel.bench.engine.AnnIndex;
import io.vexel.bench.engine.AnnSearcher;
import io.vexel.bench.engine.EngineCatalog;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A search of the graph for the ten nearest rows, one query after another. How good its answers are is what {@code vexel bench ann} measures. */
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class GraphSearch {

    private static final int K = 10;

    /** The graph, which all threads search. */
    @SuppressWarnings("NullAway.Init") // JMH has it set up before it is used
    @State(Scope.Benchmark)
    public static class Graph {

        /** A data set as {@code bench ann} takes it. */
        @Param("synthetic:20000x128")
        public String dataset;

        /** Candidates of a search. */
        @Param({"16", "64"})
        public int ef;

        private AnnIndex index;
        private AnnSearcher searcher;
        private float[][] queries;

        @Setup(Level.Trial)
        public void build() {
            Dataset data = Datasets.load(new DatasetRequest(dataset, Optional.empty(), OptionalInt.empty(), K));
            index = new EngineCatalog().make("vexel").build(data, 1);
            searcher = index.searcher(ef, K);
            queries = data.queries();
        }
    }

    /** Where a thread is among the queries. */
    @SuppressWarnings("NullAway.Init") // JMH has it set up before it is used
    @State(Scope.Thread)
    public static class Turn {

        private int next;
    }

    @Benchmark
    public int[] nearestTen(Graph graph, Turn turn) {
        turn.next = (turn.next + 1) % graph.queries.length;
        return graph.searcher.search(graph.queries[turn.next]);
    }
}
