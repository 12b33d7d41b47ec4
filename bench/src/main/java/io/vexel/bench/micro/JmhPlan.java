package io.vexel.bench.micro;

import io.vexel.base.Checks;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * What is asked of JMH. What is empty is as each set of benchmarks has it.
 *
 * @param pattern a regular expression that is found in the full names of the benchmarks wanted
 * @param forks processes of each benchmark, from 1 to 100
 * @param iterations measured ones of each process, from 1 to 10,000; as many come before and are not counted
 * @param millis of each iteration, from 1 to 600,000
 * @param threads that run each benchmark at once, from 1 to 1,024
 * @param countsAllocation whether the bytes that a call allocates on the Java heap are counted
 */
public record JmhPlan(
        String pattern,
        OptionalInt forks,
        OptionalInt iterations,
        OptionalInt millis,
        OptionalInt threads,
        boolean countsAllocation) {

    private static final int MOST_FORKS = 100;
    private static final int MOST_ITERATIONS = 10_000;
    private static final int MOST_MILLIS = 600_000;
    private static final int MOST_THREADS = 1_024;

    public JmhPlan {
        try {
            Pattern.compile(pattern);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "pattern=" + pattern + ", allowed: a regular expression (" + e.getDescription() + ")", e);
        }
        forks.ifPresent(value -> Checks.inRange("forks", value, 1, MOST_FORKS));
        iterations.ifPresent(value -> Checks.inRange("iterations", value, 1, MOST_ITERATIONS));
        millis.ifPresent(value -> Checks.inRange("millis", value, 1, MOST_MILLIS));
        threads.ifPresent(value -> Checks.inRange("threads", value, 1, MOST_THREADS));
    }
}
