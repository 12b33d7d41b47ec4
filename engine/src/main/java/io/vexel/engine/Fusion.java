package io.vexel.engine;

import io.vexel.base.Checks;

/**
 * How several ranked lists become one: those of several vectors, or of vectors and of a keyword search. Each list is found as a search
 * for it alone would find it, and is cut after {@link #depth} points, though not before {@code k}; a point that is not in a list gets nothing from it. The result has the points
 * with the highest sums first; equal sums are in the order of the ids.
 */
public sealed interface Fusion {

    /** Where lists are cut when nothing else is said. */
    int DEFAULT_DEPTH = 100;

    /** Most points of each list that count. */
    int depth();

    /**
     * Reciprocal rank fusion (Cormack, Clarke, Buettcher 2009): a point gets {@code 1 / (constant + rank)} from each list, ranks
     * counting from 1.
     *
     * @param constant 0..1,000,000
     * @param depth at least 1
     */
    record ReciprocalRank(int constant, int depth) implements Fusion {

        public ReciprocalRank {
            Checks.inRange("constant", constant, 0, 1_000_000);
            Checks.inRange("depth", depth, 1, SearchRequest.ALL);
        }

        /** The same with lists cut there. */
        public ReciprocalRank withDepth(int points) {
            return new ReciprocalRank(constant, points);
        }
    }

    /**
     * A weighted sum of a vector list and a keyword list. In each list the first point counts 1 and the last 0, those between in proportion
     * to their distance or score; all count 1 when these are equal,
     * and 0 when one of them is infinite.
     *
     * @param vectorWeight weight of the vector list, 0..1; the keyword list has the rest
     * @param depth at least 1
     */
    record Weighted(double vectorWeight, int depth) implements Fusion {

        public Weighted {
            Checks.argument(vectorWeight >= 0 && vectorWeight <= 1, "vectorWeight=" + vectorWeight + ", allowed: 0..1");
            Checks.inRange("depth", depth, 1, SearchRequest.ALL);
        }

        /** The same with lists cut there. */
        public Weighted withDepth(int points) {
            return new Weighted(vectorWeight, points);
        }
    }

    /** By ranks; 60 is the usual constant. */
    static ReciprocalRank reciprocalRank(int constant) {
        return new ReciprocalRank(constant, DEFAULT_DEPTH);
    }

    /** By distances and scores. */
    static Weighted weighted(double vectorWeight) {
        return new Weighted(vectorWeight, DEFAULT_DEPTH);
    }
}
