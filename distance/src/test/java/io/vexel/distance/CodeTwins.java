package io.vexel.distance;

import static io.vexel.memory.raw.RawMemory.ALL;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/** The plain forms of the kernels on codes, which are their specification. */
final class CodeTwins {

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);

    private CodeTwins() {}

    static float[] rotate(float[] vector, long seed) {
        int dimension = vector.length;
        int block = Integer.highestOneBit(dimension);
        SplittableRandom random = new SplittableRandom(seed);
        float[] result = vector.clone();
        for (int round = 0; round < (block == dimension ? 1 : 2); round++) {
            hadamard(result, 0, block, random);
            if (block != dimension) {
                hadamard(result, dimension - block, block, random);
            }
        }
        return result;
    }

    private static void hadamard(float[] x, int first, int length, SplittableRandom random) {
        float scale = (float) (1 / Math.sqrt(length));
        for (int i = 0; i < length; i++) {
            x[first + i] = x[first + i] * (random.nextBoolean() ? 1f : -1f) * scale;
        }
        for (int half = 1; half < length; half *= 2) {
            for (int i = 0; i < length; i++) {
                if ((i & half) == 0) {
                    float a = x[first + i];
                    float b = x[first + i + half];
                    x[first + i] = a + b;
                    x[first + i + half] = a - b;
                }
            }
        }
    }

    static int encode(float x, float limit, float scale) {
        return (int) Math.min(Math.max((x + limit) * scale + 0.5f, 0f), 127f);
    }

    static int squaredDistance(long a, long b, int dimension) {
        int sum = 0;
        for (int i = 0; i < dimension; i++) {
            int difference = code(a, i) - code(b, i);
            sum += difference * difference;
        }
        return sum;
    }

    /** The code of four bits of an element. */
    static int packed(long packed, int dimension, int i) {
        int bytes = (dimension + 127) / 128 * 64;
        int both = code(packed, i % bytes) & 0xFF;
        return i < bytes ? both & 15 : both >> 4;
    }

    static int squaredDistanceOfPacked(long codes, long packed, int dimension) {
        int sum = 0;
        for (int i = 0; i < dimension; i++) {
            int difference = code(codes, i) - (8 * packed(packed, dimension, i) + 4);
            sum += difference * difference;
        }
        return sum;
    }

    static int squaredDistanceOfBothPacked(long a, long b, int dimension) {
        int sum = 0;
        for (int i = 0; i < dimension; i++) {
            int difference = 8 * (packed(a, dimension, i) - packed(b, dimension, i));
            sum += difference * difference;
        }
        return sum;
    }

    static int code(long codes, int i) {
        return ALL.get(ValueLayout.JAVA_BYTE, codes + i);
    }

    static void put(long block, int dimension, int slot, long center, long neighbor, int squaredDistance) {
        int column = slot < 16 ? 2 * slot : 2 * (slot - 16) + 1;
        int magnitude = 0;
        float centerSum = 0;
        for (int i = 0; i < dimension; i++) {
            boolean above = code(neighbor, i) > code(center, i);
            long at = block + 64L * (i / 16) + 32L * (i / 8 % 2) + column;
            int bits = ALL.get(ValueLayout.JAVA_BYTE, at) & ~(1 << i % 8);
            ALL.set(ValueLayout.JAVA_BYTE, at, (byte) (bits | (above ? 1 << i % 8 : 0)));
            magnitude += Math.abs(code(neighbor, i) - code(center, i));
            centerSum += (above ? 1 : -1) * (code(center, i) - ScalarCodes.CENTER);
        }
        float factor = magnitude == 0 ? 0 : NeighborCodes.toBfloat16(-2f * squaredDistance / magnitude);
        int radius = Float.floatToRawIntBits(NeighborCodes.toBfloat16(squaredDistance)) >>> 16;
        ALL.set(FLOAT, block + 4L * dimension + 4L * slot, squaredDistance - factor * centerSum);
        ALL.set(INT, block + 4L * dimension + 128 + 4L * slot, Float.floatToRawIntBits(factor) | radius);
    }

    /** Estimates of the 32 neighbors. */
    static float[] scan(float[] query, float scale, long block, float squaredDistance) {
        int dimension = query.length;
        float largest = 0;
        float[] lanes = new float[16];
        for (int i = 0; i < dimension; i += 4) {
            float first = Math.abs(query[i]) + Math.abs(query[i + 1]);
            largest = Math.max(largest, first + (Math.abs(query[i + 2]) + Math.abs(query[i + 3])));
            for (int lane = i; lane < i + 4; lane++) {
                lanes[lane % 16] += Math.abs(query[lane]);
            }
        }
        for (int half = 8; half > 0; half /= 2) {
            for (int lane = 0; lane < half; lane++) {
                lanes[lane] += lanes[lane + half];
            }
        }
        float sum = lanes[0];
        float factor = largest == 0 ? 0 : 63 / (2 * largest);
        float step = factor == 0 ? 0 : scale / factor;
        float offset = -sum * scale;
        float[] estimates = new float[NeighborCodes.COUNT];
        for (int slot = 0; slot < estimates.length; slot++) {
            int column = slot < 16 ? 2 * slot : 2 * (slot - 16) + 1;
            int lookUps = 0;
            for (int i = 0; i < dimension; i += 4) {
                int bits = ALL.get(ValueLayout.JAVA_BYTE, block + 64L * (i / 16) + 32L * (i / 8 % 2) + column);
                lookUps += entry(query, i, factor, bits >> i % 8 & 15);
            }
            float stored = Float.intBitsToFloat(ALL.get(INT, block + 4L * dimension + 128 + 4L * slot) & 0xFFFF_0000);
            float constant = ALL.get(FLOAT, block + 4L * dimension + 4L * slot) + squaredDistance;
            float signedSum = ScalarKernels.fma(lookUps, step, offset);
            estimates[slot] = Math.max(0f, ScalarKernels.fma(signedSum, stored, constant));
        }
        return estimates;
    }

    private static int entry(float[] query, int first, float factor, int pattern) {
        float base = 0;
        for (int b = 0; b < 4; b++) {
            base += Math.abs(query[first + b] * factor);
        }
        base += 0.5f;
        float sum = base;
        for (int b = 0; b < 4; b++) {
            float term = query[first + b] * factor;
            sum += (pattern >> b & 1) != 0 ? term : -term;
        }
        return (int) Math.max(sum, 0f);
    }
}
