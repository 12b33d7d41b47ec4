package io.vexel.bench.measure;

/**
 * What one timed pass gave; rates are sums over its threads.
 *
 * @param queries searches that were run
 * @param cpuPerSecond queries a second of the threads' processor time
 * @param wallPerSecond queries a second that passed
 * @param p50Micros time that passed in a search: half took no longer
 * @param p95Micros ... 95 % took no longer
 * @param p99Micros ... 99 % took no longer
 */
public record Pass(
        long queries, double cpuPerSecond, double wallPerSecond, double p50Micros, double p95Micros, double p99Micros) {

    /** The rate by a clock. */
    public double perSecond(SearchClock clock) {
        return clock == SearchClock.CPU ? cpuPerSecond : wallPerSecond;
    }
}
