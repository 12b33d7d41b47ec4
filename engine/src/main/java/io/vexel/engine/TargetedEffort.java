package io.vexel.engine;

import io.vexel.collection.store.ReadView;
import io.vexel.index.Calibration;
import io.vexel.index.Effort;
import io.vexel.index.IndexKind;
import java.util.Optional;

/**
 * The effort of a search that names a recall.
 *
 * @param ef candidates to keep; 0 when every row is to be compared
 * @param goal what can be expected
 * @param reason why, in plain words
 */
record TargetedEffort(int ef, RecallGoal goal, String reason) {

    /** What is kept where nothing was measured, as a multiple of what is kept where nothing is said. */
    static final int UNMEASURED_FACTOR = 8;

    /** @param view one with an index */
    static TargetedEffort of(ReadView view, double target, int k) {
        if (view.index().orElseThrow().kind() == IndexKind.LSH) {
            return scan(target, "an lsh index does not know its recall");
        }
        Optional<Calibration> calibration = view.calibration();
        if (calibration.isEmpty()) {
            int ef = (int) Math.min(
                    Effort.MAX_EF,
                    (long) UNMEASURED_FACTOR
                            * view.index().orElseThrow().defaultEffort(k).ef());
            return walk(
                    view,
                    new TargetedEffort(ef, new RecallGoal(target, Double.NaN, Double.NaN, 0, 0), "a generous ef"));
        }
        Calibration known = calibration.get();
        return known.choose(target, k)
                .map(choice -> walk(
                        view,
                        new TargetedEffort(
                                besideDeadRows(view, choice.ef()),
                                new RecallGoal(target, choice.recall(), choice.recall(), known.rows(), known.millis()),
                                "ef by calibration")))
                .orElseGet(() -> scan(target, "the index cannot vouch for so much recall"));
    }

    /** Dead rows that were not taken out yet take candidates away from others. */
    static int besideDeadRows(ReadView view, int ef) {
        long tail = view.snapshot().rowCount() - view.tailStart();
        long least = Math.max(1, view.snapshot().liveCount() - tail);
        return (int) Math.min(Effort.MAX_EF, Math.ceil(ef * Math.max(1, (double) view.indexRows() / least)));
    }

    private static TargetedEffort walk(ReadView view, TargetedEffort walk) {
        return (long) Planner.ROWS_PER_EF * walk.ef >= view.snapshot().liveCount()
                ? scan(walk.goal.target(), "the ef for the recall would cost as much as comparing all rows")
                : walk;
    }

    private static TargetedEffort scan(double target, String reason) {
        return new TargetedEffort(0, exact(target), reason);
    }

    /** What a comparison of every row finds. */
    static RecallGoal exact(double target) {
        return new RecallGoal(target, 1, 1, 0, 0);
    }
}
