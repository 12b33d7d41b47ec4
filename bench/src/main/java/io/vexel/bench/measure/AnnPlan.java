package io.vexel.bench.measure;

import io.vexel.base.Checks;
import java.util.List;

/**
 * How the comparison is run.
 *
 * @param threads numbers of threads to build and to search with, each at least 1; the first builds the index that is searched
 * @param k rows that a search returns
 * @param efs ascending, each at least {@code k}
 * @param rounds counted rounds
 * @param seconds how long a timed pass runs at least
 * @param clock what a rate is measured by
 * @param builds how indexes are built
 */
public record AnnPlan(
        List<Integer> threads, int k, List<Integer> efs, int rounds, double seconds, SearchClock clock, Builds builds) {

    /** The recalls at which rates are reported. */
    public static final List<Double> TARGETS = List.of(0.90, 0.95, 0.99);

    /**
     * How indexes are built.
     *
     * @param warmRows rows that every engine builds an index of before anything is timed, so that the JVM has compiled its code; 0: each build
     *     begins with code that is not compiled
     * @param rounds how often each engine builds with each number of threads, 1..100; the first index is the one that is searched
     */
    public record Builds(int warmRows, int rounds) {
        public Builds {
            Checks.inRange("warmRows", warmRows, 0, Integer.MAX_VALUE);
            Checks.inRange("builds", rounds, 1, 100);
        }
    }

    public AnnPlan {
        threads = List.copyOf(threads);
        efs = efs.stream().sorted().distinct().toList();
        Checks.inRange("k", k, 1, 1_000);
        Checks.inRange("rounds", rounds, 1, 1_000);
        Checks.argument(seconds > 0 && seconds <= 60, "seconds=" + seconds + ", allowed: above 0, at most 60");
        Checks.argument(!threads.isEmpty() && !efs.isEmpty(), "threads and ef, allowed: at least one of each");
        for (int count : threads) {
            Checks.inRange("threads", count, 1, 256);
        }
        Checks.argument(efs.getFirst() >= k, "ef=" + efs.getFirst() + ", allowed: at least k = " + k);
    }
}
