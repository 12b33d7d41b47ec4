package io.vexel.bench.measure;

import io.vexel.base.Checks;
import java.util.Arrays;

/** Percentiles by nearest rank: exact, of all values. */
final class Percentiles {

    private Percentiles() {}

    /**
     * The smallest value that at least this share of the values do not exceed.
     *
     * @param sorted ascending, at least one
     * @param share above 0, at most 1
     */
    static long of(long[] sorted, double share) {
        Checks.argument(sorted.length > 0, "values=0, allowed: at least 1");
        return sorted[Math.clamp((int) Math.ceil(share * sorted.length) - 1, 0, sorted.length - 1)];
    }

    /** Sorts in place. */
    static long[] sorted(long[] values) {
        Arrays.sort(values);
        return values;
    }
}
