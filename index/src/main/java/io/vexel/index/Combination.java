package io.vexel.index;

/** How the distances of a row to several queries become one. */
public enum Combination {
    /** The least of them: rows near to any query. */
    MIN,
    /** The greatest of them: rows near to all queries. */
    MAX,
    /** Their sum, as doubles, in the order of the queries. */
    SUM;

    double apply(double before, double distance) {
        return switch (this) {
            case MIN -> Math.min(before, distance);
            case MAX -> Math.max(before, distance);
            case SUM -> before + distance;
        };
    }
}
