package io.vexel.index;

import java.util.Arrays;

/** The values of all functions for one vector, and how they could just as well be: up to two alternatives each, with what they cost. */
final class LshSignature {

    static final int ALTERNATIVES = 2;

    final int[] values;

    /** Those of function {@code f} are at {@code 2 f} and {@code 2 f + 1}. */
    final int[] alternatives;

    /** The less, the likelier near vectors have the alternative; infinite where there is none. */
    final float[] costs;

    /** Room for a function's number before it becomes a value. */
    final float[] projections;

    LshSignature(int functions) {
        values = new int[functions];
        alternatives = new int[ALTERNATIVES * functions];
        costs = new float[ALTERNATIVES * functions];
        projections = new float[2 * functions];
        Arrays.fill(costs, Float.POSITIVE_INFINITY);
    }

    /** Sets a function's value and its only alternative. */
    void set(int function, int value, int alternative, float cost) {
        values[function] = value;
        alternatives[ALTERNATIVES * function] = alternative;
        costs[ALTERNATIVES * function] = cost;
        costs[ALTERNATIVES * function + 1] = Float.POSITIVE_INFINITY;
    }
}
