package io.vexel.distance;

import static io.vexel.memory.raw.RawMemory.ALL;

/**
 * Keys in double precision, element after element, for the rare vectors whose float sums overflow or vanish. Finite floats
 * cannot overflow here, so nothing is NaN.
 */
final class WideKernels {

    private WideKernels() {}

    static float l2Squared(ElementType type, float[] query, long address) {
        double sum = 0;
        for (int i = 0; i < query.length; i++) {
            double difference = (double) query[i] - type.element(ALL, address, i);
            sum += difference * difference;
        }
        return (float) sum;
    }

    static float negatedDot(ElementType type, float[] query, long address) {
        double sum = 0;
        for (int i = 0; i < query.length; i++) {
            sum += (double) query[i] * type.element(ALL, address, i);
        }
        return (float) (0.0 - sum);
    }

    static float l1(ElementType type, float[] query, long address) {
        double sum = 0;
        for (int i = 0; i < query.length; i++) {
            sum += Math.abs((double) query[i] - type.element(ALL, address, i));
        }
        return (float) sum;
    }

    static float cosine(ElementType type, float[] query, long address) {
        double dot = 0;
        double queryNorm = 0;
        double rowNorm = 0;
        for (int i = 0; i < query.length; i++) {
            double q = query[i];
            double x = type.element(ALL, address, i);
            dot += q * x;
            queryNorm += q * q;
            rowNorm += x * x;
        }
        double norms = Math.sqrt(queryNorm) * Math.sqrt(rowNorm);
        return norms == 0 ? 1 : ScalarKernels.clampedCosine(dot / norms);
    }
}
