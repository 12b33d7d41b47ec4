package io.vexel.bench.measure;

import java.util.OptionalDouble;

/** Reads the rate at a recall off a curve. */
final class Interpolation {

    private Interpolation() {}

    /**
     * Reads between the first point that reaches the recall and the one before it: the logarithm of the rate runs straight with the
     * recall there. When the first point of all reaches it, its own rate; empty when none does.
     *
     * @param recalls of each point, in the order of {@code ef}
     * @param rates of each point, above 0
     */
    static OptionalDouble rateAt(double target, double[] recalls, double[] rates) {
        for (int i = 0; i < recalls.length; i++) {
            if (recalls[i] >= target) {
                return OptionalDouble.of(
                        i == 0
                                ? rates[0]
                                : between(
                                        rates[i - 1],
                                        rates[i],
                                        (target - recalls[i - 1]) / (recalls[i] - recalls[i - 1])));
            }
        }
        return OptionalDouble.empty();
    }

    private static double between(double from, double to, double share) {
        return Math.exp(Math.log(from) + share * (Math.log(to) - Math.log(from)));
    }
}
