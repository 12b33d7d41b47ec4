package io.vexel.distance;

import static io.vexel.memory.raw.RawMemory.ALL;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Keys in double precision, element after element, for the rare vectors whose float sums overflow or vanish. Finite floats
 * cannot overflow here, so nothing is NaN.
 */
final class WideKernels {

    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private WideKernels() {}

    static float l2Squared(float[] query, long address, int dimension) {
        double sum = 0;
        for (int i = 0; i < dimension; i++) {
            double difference = (double) query[i] - element(address, i);
            sum += difference * difference;
        }
        return (float) sum;
    }

    static float negatedDot(float[] query, long address, int dimension) {
        double sum = 0;
        for (int i = 0; i < dimension; i++) {
            sum += (double) query[i] * element(address, i);
        }
        return (float) (0.0 - sum);
    }

    static float l1(float[] query, long address, int dimension) {
        double sum = 0;
        for (int i = 0; i < dimension; i++) {
            sum += Math.abs((double) query[i] - element(address, i));
        }
        return (float) sum;
    }

    static float cosine(float[] query, long address, int dimension) {
        double dot = 0;
        double queryNorm = 0;
        double rowNorm = 0;
        for (int i = 0; i < dimension; i++) {
            double q = query[i];
            double x = element(address, i);
            dot += q * x;
            queryNorm += q * q;
            rowNorm += x * x;
        }
        double norms = Math.sqrt(queryNorm) * Math.sqrt(rowNorm);
        return norms == 0 ? 1 : ScalarKernels.clampedCosine(dot / norms);
    }

    private static float element(long address, int index) {
        return ALL.get(FLOAT, address + 4L * index);
    }
}
