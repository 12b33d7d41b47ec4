package io.vexel.distance;

import static io.vexel.memory.raw.RawMemory.ALL;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.vexel.base.Checks;
import java.util.SplittableRandom;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * A random rotation that costs n log n: signs are flipped at random, then a Hadamard transform mixes the elements. It keeps lengths and
 * angles and makes elements alike, so that one scale fits all of them and one bit of each tells much.
 *
 * <p>The rotated dimension is the given one rounded up to a multiple of 16; elements that were added are zero before and carry
 * their share after. Where it is no power of two, two rounds of two overlapping transforms are made, over the first and over the last
 * {@code 2^m} elements, so that every element meets every other.
 *
 * <p>Source: N. Ailon, B. Chazelle, "The fast Johnson-Lindenstrauss transform", 2009. Immutable.
 */
public final class Rotation {

    private static final VectorSpecies<Float> S = Simd.FLOATS;
    private static final int W = Simd.FLOATS.length();
    private static final VectorShuffle<Float> SWAP_1 = exchange(1);
    private static final VectorShuffle<Float> SWAP_2 = exchange(2);
    private static final VectorShuffle<Float> SWAP_4 = exchange(4);
    private static final VectorShuffle<Float> SWAP_8 = exchange(8);
    private static final FloatVector SIGN_1 = signs(1);
    private static final FloatVector SIGN_2 = signs(2);
    private static final FloatVector SIGN_4 = signs(4);
    private static final FloatVector SIGN_8 = signs(8);

    private final int dimension;
    private final int block;
    private final float[][] signs;

    private Rotation(int dimension, int block, float[][] signs) {
        this.dimension = dimension;
        this.block = block;
        this.signs = signs;
    }

    /**
     * The rotation that belongs to a seed; the same on every machine.
     *
     * @param vectorDimension elements of the vectors to rotate, 1..{@value ElementType#MAX_DIMENSION} + 1
     */
    public static Rotation seeded(int vectorDimension, long seed) {
        Checks.inRange("vectorDimension", vectorDimension, 1, ElementType.MAX_DIMENSION + 1);
        int dimension = dimensionFor(vectorDimension);
        int block = Integer.highestOneBit(dimension);
        SplittableRandom random = new SplittableRandom(seed);
        float[][] signs = new float[block == dimension ? 1 : 4][block];
        for (float[] round : signs) {
            for (int i = 0; i < block; i++) {
                round[i] = random.nextBoolean() ? 1f : -1f;
            }
        }
        return new Rotation(dimension, block, signs);
    }

    /** Elements of a rotated vector: a multiple of 16, at least 16. */
    public static int dimensionFor(int vectorDimension) {
        return (vectorDimension + 15) & -16;
    }

    /** Elements of a rotated vector. */
    public int dimension() {
        return dimension;
    }

    /** Rotates {@link #dimension} floats in place. */
    public void apply(long vector) {
        long last = vector + 4L * (dimension - block);
        for (int round = 0; round < signs.length; round += 2) {
            transform(vector, signs[round], block);
            if (block != dimension) {
                transform(last, signs[round + 1], block);
            }
        }
    }

    private static void transform(long vector, float[] signs, int length) {
        mixWithin(vector, signs, length, (float) (1 / Math.sqrt(length)));
        int half = W;
        for (; 4 * half <= length; half <<= 2) {
            for (int i = 0; i < length; i += 4 * half) {
                mixQuarters(vector + 4L * i, 4L * half);
            }
        }
        if (half < length) {
            mixHalves(vector, 4L * half);
        }
    }

    /** Signs, scale, and the butterflies whose partners lie in one vector. */
    private static void mixWithin(long vector, float[] signs, int length, float scale) {
        for (int i = 0; i != length; i += W) {
            FloatVector x = FloatVector.fromMemorySegment(S, ALL, vector + 4L * i, LITTLE_ENDIAN);
            x = x.mul(FloatVector.fromArray(S, signs, i)).mul(scale);
            x = x.mul(SIGN_1).add(x.rearrange(SWAP_1));
            x = x.mul(SIGN_2).add(x.rearrange(SWAP_2));
            if (W >= 8) {
                x = x.mul(SIGN_4).add(x.rearrange(SWAP_4));
            }
            if (W >= 16) {
                x = x.mul(SIGN_8).add(x.rearrange(SWAP_8));
            }
            x.intoMemorySegment(ALL, vector + 4L * i, LITTLE_ENDIAN);
        }
    }

    private static void mixHalves(long first, long halfBytes) {
        for (long at = first; at != first + halfBytes; at += 4L * W) {
            FloatVector x = FloatVector.fromMemorySegment(S, ALL, at, LITTLE_ENDIAN);
            FloatVector y = FloatVector.fromMemorySegment(S, ALL, at + halfBytes, LITTLE_ENDIAN);
            x.add(y).intoMemorySegment(ALL, at, LITTLE_ENDIAN);
            x.sub(y).intoMemorySegment(ALL, at + halfBytes, LITTLE_ENDIAN);
        }
    }

    /** Two steps at once, over pairs of neighboring quarters and then over the halves, which saves writing in between. */
    private static void mixQuarters(long first, long quarterBytes) {
        for (long at = first; at != first + quarterBytes; at += 4L * W) {
            FloatVector a = FloatVector.fromMemorySegment(S, ALL, at, LITTLE_ENDIAN);
            FloatVector b = FloatVector.fromMemorySegment(S, ALL, at + quarterBytes, LITTLE_ENDIAN);
            FloatVector c = FloatVector.fromMemorySegment(S, ALL, at + 2 * quarterBytes, LITTLE_ENDIAN);
            FloatVector d = FloatVector.fromMemorySegment(S, ALL, at + 3 * quarterBytes, LITTLE_ENDIAN);
            FloatVector sumAb = a.add(b);
            FloatVector sumCd = c.add(d);
            FloatVector differenceAb = a.sub(b);
            FloatVector differenceCd = c.sub(d);
            sumAb.add(sumCd).intoMemorySegment(ALL, at, LITTLE_ENDIAN);
            differenceAb.add(differenceCd).intoMemorySegment(ALL, at + quarterBytes, LITTLE_ENDIAN);
            sumAb.sub(sumCd).intoMemorySegment(ALL, at + 2 * quarterBytes, LITTLE_ENDIAN);
            differenceAb.sub(differenceCd).intoMemorySegment(ALL, at + 3 * quarterBytes, LITTLE_ENDIAN);
        }
    }

    private static VectorShuffle<Float> exchange(int distance) {
        return VectorShuffle.fromOp(S, lane -> (lane ^ distance) & (W - 1));
    }

    private static FloatVector signs(int bit) {
        float[] lanes = new float[W];
        for (int lane = 0; lane < W; lane++) {
            lanes[lane] = (lane & bit) != 0 ? -1f : 1f;
        }
        return FloatVector.fromArray(S, lanes, 0);
    }
}
