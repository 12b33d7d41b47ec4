package io.vexel.engine;

/**
 * How several lists became one.
 *
 * @param lists how many, that of the words with them
 * @param how by what
 * @param depth most points of each list that counted
 */
public record FusionPlan(int lists, Fusion how, int depth) {

    /** In one clause, for people. */
    public String explain() {
        String way = switch (how) {
            case Fusion.ReciprocalRank ranks -> "reciprocal rank with constant " + ranks.constant();
            case Fusion.Weighted weights ->
                "weights, " + weights.vectorWeight() + " for distances and " + (1 - weights.vectorWeight())
                        + " for words";
        };
        return lists + " lists of at most " + depth + " points fused by " + way;
    }
}
