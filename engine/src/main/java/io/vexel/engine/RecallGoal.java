package io.vexel.engine;

import java.time.Instant;

/**
 * What a search that names a recall can expect.
 *
 * @param target share of the true nearest that was asked for, more than 0 and less than 1
 * @param expected share that is expected: 1 where every row is compared, NaN where nothing was measured that says it: with a filter, too, if an index answers
 * @param unfiltered share that is expected of the same search without its filter: what the index measured itself with; NaN where nothing was measured
 * @param calibratedRows rows that the index had when it measured itself; 0 when that had no part in it
 * @param calibratedMillis when that was, in milliseconds since the epoch; 0 likewise
 */
public record RecallGoal(
        double target, double expected, double unfiltered, long calibratedRows, long calibratedMillis) {

    /** The same for a search with a filter: an index measures itself without one. */
    RecallGoal withFilter() {
        return new RecallGoal(target, Double.NaN, unfiltered, calibratedRows, calibratedMillis);
    }

    /** In one clause, for people. */
    String explain() {
        String asked = "recall " + target + " asked for, ";
        if (calibratedRows > 0) {
            String filtered = Double.isNaN(expected) ? " without the filter" : "";
            return asked + Math.round(unfiltered * 1000) / 1000.0 + " expected" + filtered + " by the calibration of "
                    + Instant.ofEpochMilli(calibratedMillis) + " at " + calibratedRows + " rows"
                    + (filtered.isEmpty() ? "" : ", not measured with it");
        }
        return asked + (expected == 1 ? "exact" : "none measured yet");
    }
}
