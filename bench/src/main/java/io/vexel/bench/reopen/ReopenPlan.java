package io.vexel.bench.reopen;

import io.vexel.base.Checks;
import java.util.List;

/**
 * How to measure.
 *
 * @param indexThreads of the volume, 1..256
 * @param rounds how often it is opened, 1..100: each time in a new JVM, and in one JVM one time more
 * @param efs efforts of the searches afterwards, 1 or more each, at least one
 */
public record ReopenPlan(int indexThreads, int rounds, List<Integer> efs) {

    public ReopenPlan {
        Checks.inRange("threads", indexThreads, 1, 256);
        Checks.inRange("rounds", rounds, 1, 100);
        efs = List.copyOf(efs);
        Checks.argument(!efs.isEmpty(), "ef=[], allowed: at least one");
        efs.forEach(ef -> Checks.inRange("ef", ef, 1, 10_000));
    }
}
