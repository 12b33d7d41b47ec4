package io.vexel.distance;

import static io.vexel.memory.raw.RawMemory.ALL;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.ABS;
import static jdk.incubator.vector.VectorOperators.F2I;
import static jdk.incubator.vector.VectorOperators.I2B;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.MAX;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_S2I;

import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * A query in the form that blocks of {@link NeighborCodes} are scanned with: for every four elements the 16 sums that signs can give
 * them, as bytes from 0 to {@value #TOP}:
 * <pre>    T(q) = offset + step * sum of look-ups </pre>
 * Four look-ups add up within a byte and all of them within 16 bits, which saves widening them one by one; six bits
 * a sum are enough beside estimates that err by some percent.
 *
 * <p>The tables lie in native memory that the owner provides, {@code 4 * dimension} bytes. Used by one thread.
 */
public final class QueryTables {

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    private static final int W = CodeLanes.WIDTH;
    private static final int FLOATS = W / 4;
    private static final int SUBTABLE = 16;

    /** The largest sum in a table. */
    static final int TOP = 63;

    private static final int LANES = 16;
    private static final VectorShuffle<Float> SWAP_NEXT = VectorShuffle.fromOp(Simd.FLOATS, lane -> lane ^ 1);
    private static final VectorShuffle<Float> SWAP_PAIRS = VectorShuffle.fromOp(Simd.FLOATS, lane -> lane ^ 2);
    private static final int FACTOR = 0xFFFF_0000;
    private static final VectorSpecies<Byte> OCTET = ByteVector.SPECIES_64;
    private static final VectorSpecies<Short> OCTET_OF_SHORTS = ShortVector.SPECIES_128;
    private static final boolean FUSED = Simd.FUSED;
    private static final VectorSpecies<Short> HALF_SHORTS =
            VectorShape.forBitSize(4 * W).withLanes(short.class);
    private static final FloatVector SIGNS_0 = signs(0);
    private static final FloatVector SIGNS_1 = signs(1);
    private static final FloatVector SIGNS_2 = signs(2);
    private static final FloatVector SIGNS_3 = signs(3);
    private static final ByteVector LOW_TABLE = tableOfLane(0);
    private static final ByteVector HIGH_TABLE = tableOfLane(SUBTABLE);
    private static final VectorShuffle<Short> SWAP_HALVES =
            VectorShuffle.fromOp(CodeLanes.SHORTS, lane -> (lane + W / 4) % (W / 2));

    private final int dimension;
    private final long tables;
    private final short[] sums = new short[NeighborCodes.COUNT];
    private final float[] laneSums = new float[LANES];
    private float offset;
    private float step;

    /**
     * @param dimension of the codes, a multiple of 16
     * @param tables native address of {@code 4 * dimension} bytes
     */
    public QueryTables(int dimension, long tables) {
        this.dimension = dimension;
        this.tables = tables;
    }

    /**
     * Prepares for a query.
     *
     * @param query rotated floats at a native address
     * @param scale of the codes
     */
    public void prepare(long query, float scale) {
        float largest = sumMagnitudes(query);
        float sum = folded();
        float toTable = largest == 0 ? 0 : TOP / (2 * largest);
        step = toTable == 0 ? 0 : scale / toTable;
        offset = -sum * scale;
        switch (W) {
            case 64 -> fillWide(query, toTable);
            case 32 -> fillHalves(query, toTable);
            default -> fill(query, toTable);
        }
    }

    private static float element(long query, int i) {
        return ALL.get(FLOAT, query + 4L * i);
    }

    /** Sums magnitudes in 16 lanes, element i in lane i % 16; returns the largest sum of four neighboring ones. */
    private float sumMagnitudes(long query) {
        float largest = 0;
        for (int lane = 0; lane < LANES; lane += FLOATS) {
            FloatVector sum = FloatVector.zero(Simd.FLOATS);
            FloatVector most = sum;
            for (int i = lane; i != dimension + lane; i += LANES) {
                FloatVector x = FloatVector.fromMemorySegment(Simd.FLOATS, ALL, query + 4L * i, LITTLE_ENDIAN)
                        .lanewise(ABS);
                sum = sum.add(x);
                x = x.add(x.rearrange(SWAP_NEXT));
                most = most.max(x.add(x.rearrange(SWAP_PAIRS)));
            }
            sum.intoArray(laneSums, lane);
            largest = Math.max(largest, most.reduceLanes(MAX));
        }
        return largest;
    }

    private float folded() {
        float[] s = laneSums;
        for (int half = LANES / 2; half > 0; half /= 2) {
            for (int lane = 0; lane < half; lane++) {
                s[lane] += s[lane + half];
            }
        }
        return s[0];
    }

    private void fillWide(long query, float factor) {
        for (int i = 0; i != dimension; i += 4) {
            float a = element(query, i) * factor;
            float b = element(query, i + 1) * factor;
            float c = element(query, i + 2) * factor;
            float d = element(query, i + 3) * factor;
            float base = Math.abs(a) + Math.abs(b) + Math.abs(c) + Math.abs(d) + 0.5f;
            FloatVector sums = SIGNS_0.mul(a)
                    .add(base)
                    .add(SIGNS_1.mul(b))
                    .add(SIGNS_2.mul(c))
                    .add(SIGNS_3.mul(d));
            ((ByteVector) sums.max(0f).convertShape(F2I, CodeLanes.INTS, 0).convertShape(I2B, CodeLanes.GRANULE, 0))
                    .intoMemorySegment(ALL, tables + 4L * i, LITTLE_ENDIAN);
        }
    }

    /** With eight lanes: the patterns without the highest bit and those with it differ by the last element's sign. */
    private void fillHalves(long query, float factor) {
        for (int i = 0; i != dimension; i += 4) {
            float a = element(query, i) * factor;
            float b = element(query, i + 1) * factor;
            float c = element(query, i + 2) * factor;
            float d = element(query, i + 3) * factor;
            float base = Math.abs(a) + Math.abs(b) + Math.abs(c) + Math.abs(d) + 0.5f;
            FloatVector sums = SIGNS_0.mul(a).add(base).add(SIGNS_1.mul(b)).add(SIGNS_2.mul(c));
            long table = tables + 4L * i;
            ((ByteVector) sums.sub(d)
                            .max(0f)
                            .convertShape(F2I, CodeLanes.INTS, 0)
                            .convertShape(I2B, OCTET, 0))
                    .intoMemorySegment(ALL, table, LITTLE_ENDIAN);
            ((ByteVector) sums.add(d)
                            .max(0f)
                            .convertShape(F2I, CodeLanes.INTS, 0)
                            .convertShape(I2B, OCTET, 0))
                    .intoMemorySegment(ALL, table + SUBTABLE / 2, LITTLE_ENDIAN);
        }
    }

    private void fill(long query, float factor) {
        for (int i = 0; i != dimension; i += 4) {
            float a = element(query, i) * factor;
            float b = element(query, i + 1) * factor;
            float c = element(query, i + 2) * factor;
            float d = element(query, i + 3) * factor;
            float base = Math.abs(a) + Math.abs(b) + Math.abs(c) + Math.abs(d) + 0.5f;
            for (int pattern = 0; pattern < SUBTABLE; pattern++) {
                float sum = signed(a, pattern, 1) + base;
                sum += signed(b, pattern, 2);
                sum += signed(c, pattern, 4);
                sum += signed(d, pattern, 8);
                ALL.set(ValueLayout.JAVA_BYTE, tables + 4L * i + pattern, (byte) (int) Math.max(sum, 0f));
            }
        }
    }

    private static float signed(float value, int pattern, int bit) {
        return (pattern & bit) != 0 ? value : -value;
    }

    /**
     * Estimates the squared distances of a block's neighbors from the query, never below zero.
     *
     * @param block of the vertex
     * @param squaredDistance of the query from the vertex, in code units
     * @param threshold what interests
     * @param estimates takes 32 of them; +infinity where there is no neighbor
     * @return the slots with estimates below the threshold, as bits
     */
    public long scan(long block, float squaredDistance, float threshold, float[] estimates) {
        return CodeLanes.WIDE
                ? scanWide(block, squaredDistance, threshold, estimates)
                : scanNarrow(block, squaredDistance, threshold, estimates);
    }

    private long scanWide(long block, float squaredDistance, float threshold, float[] estimates) {
        ShortVector both = ShortVector.zero(CodeLanes.SHORTS);
        ShortVector odd = both;
        int end = 4 * dimension;
        for (int i = 0; i != end; i += 64) {
            ByteVector table = ByteVector.fromMemorySegment(CodeLanes.BYTES, ALL, tables + i, LITTLE_ENDIAN);
            ByteVector bits = ByteVector.fromMemorySegment(CodeLanes.BYTES, ALL, block + i, LITTLE_ENDIAN);
            ByteVector low = bits.and((byte) 15).or(LOW_TABLE);
            ByteVector high = bits.reinterpretAsShorts()
                    .lanewise(LSHR, 4)
                    .reinterpretAsBytes()
                    .and((byte) 15)
                    .or(HIGH_TABLE);
            ShortVector pair = low.selectFrom(table).add(high.selectFrom(table)).reinterpretAsShorts();
            both = both.add(pair);
            odd = odd.add(pair.lanewise(LSHR, 8));
        }
        ShortVector even = both.sub(odd.lanewise(LSHL, 8));
        even = even.add(even.rearrange(SWAP_HALVES));
        odd = odd.add(odd.rearrange(SWAP_HALVES));
        FloatVector first = (FloatVector)
                even.convertShape(ZERO_EXTEND_S2I, CodeLanes.INTS, 0).convertShape(I2F, Simd.FLOATS, 0);
        FloatVector second = (FloatVector)
                odd.convertShape(ZERO_EXTEND_S2I, CodeLanes.INTS, 0).convertShape(I2F, Simd.FLOATS, 0);
        first = FUSED ? first.fma(step, offset) : first.mul(step).add(offset);
        second = FUSED ? second.fma(step, offset) : second.mul(step).add(offset);
        long constants = block + end;
        FloatVector constant = FloatVector.fromMemorySegment(Simd.FLOATS, ALL, constants, LITTLE_ENDIAN)
                .add(squaredDistance);
        FloatVector factor = IntVector.fromMemorySegment(CodeLanes.INTS, ALL, constants + 128, LITTLE_ENDIAN)
                .and(FACTOR)
                .reinterpretAsFloats();
        first = (FUSED ? first.fma(factor, constant) : first.mul(factor).add(constant)).max(0f);
        constant = FloatVector.fromMemorySegment(Simd.FLOATS, ALL, constants + 64, LITTLE_ENDIAN)
                .add(squaredDistance);
        factor = IntVector.fromMemorySegment(CodeLanes.INTS, ALL, constants + 192, LITTLE_ENDIAN)
                .and(FACTOR)
                .reinterpretAsFloats();
        second = (FUSED ? second.fma(factor, constant) : second.mul(factor).add(constant)).max(0f);
        first.intoArray(estimates, 0);
        second.intoArray(estimates, 16);
        return first.compare(LT, threshold).toLong()
                | second.compare(LT, threshold).toLong() << 16;
    }

    private long scanNarrow(long block, float squaredDistance, float threshold, float[] estimates) {
        lookUp(block);
        long constants = block + 4L * dimension;
        long below = 0;
        for (int i = 0; i < NeighborCodes.COUNT; i += FLOATS) {
            FloatVector sum = (FloatVector) ShortVector.fromArray(HALF_SHORTS, sums, i)
                    .convertShape(ZERO_EXTEND_S2I, CodeLanes.INTS, 0)
                    .convertShape(I2F, Simd.FLOATS, 0);
            sum = FUSED ? sum.fma(step, offset) : sum.mul(step).add(offset);
            FloatVector constant = FloatVector.fromMemorySegment(Simd.FLOATS, ALL, constants + 4L * i, LITTLE_ENDIAN)
                    .add(squaredDistance);
            FloatVector factor = IntVector.fromMemorySegment(
                            CodeLanes.INTS, ALL, constants + 128 + 4L * i, LITTLE_ENDIAN)
                    .and(FACTOR)
                    .reinterpretAsFloats();
            sum = (FUSED ? sum.fma(factor, constant) : sum.mul(factor).add(constant)).max(0f);
            sum.intoArray(estimates, i);
            below |= sum.compare(LT, threshold).toLong() << i;
        }
        return below;
    }

    /**
     * Sums the look-ups of all neighbors. A table fills a vector of 16 bytes, the widest in which processors without AVX-512
     * look up in one step.
     */
    private void lookUp(long block) {
        ShortVector both = ShortVector.zero(OCTET_OF_SHORTS);
        ShortVector odd = both;
        ShortVector bothOfUpper = both;
        ShortVector oddOfUpper = both;
        int end = 4 * dimension;
        for (int i = 0; i != end; i += 64) {
            long at = tables + i;
            ByteVector first = ByteVector.fromMemorySegment(CodeLanes.GRANULE, ALL, at, LITTLE_ENDIAN);
            ByteVector second = ByteVector.fromMemorySegment(CodeLanes.GRANULE, ALL, at + SUBTABLE, LITTLE_ENDIAN);
            ByteVector third = ByteVector.fromMemorySegment(CodeLanes.GRANULE, ALL, at + 2 * SUBTABLE, LITTLE_ENDIAN);
            ByteVector fourth = ByteVector.fromMemorySegment(CodeLanes.GRANULE, ALL, at + 3 * SUBTABLE, LITTLE_ENDIAN);
            at = block + i;
            // An index counts modulo 16, so the bits above it do not matter.
            ByteVector bits = ByteVector.fromMemorySegment(CodeLanes.GRANULE, ALL, at, LITTLE_ENDIAN);
            ByteVector sum = bits.selectFrom(first);
            bits = bits.reinterpretAsShorts().lanewise(LSHR, 4).reinterpretAsBytes();
            sum = sum.add(bits.selectFrom(second));
            bits = ByteVector.fromMemorySegment(CodeLanes.GRANULE, ALL, at + 32, LITTLE_ENDIAN);
            sum = sum.add(bits.selectFrom(third));
            bits = bits.reinterpretAsShorts().lanewise(LSHR, 4).reinterpretAsBytes();
            ShortVector pair = sum.add(bits.selectFrom(fourth)).reinterpretAsShorts();
            both = both.add(pair);
            odd = odd.add(pair.lanewise(LSHR, 8));

            bits = ByteVector.fromMemorySegment(CodeLanes.GRANULE, ALL, at + 16, LITTLE_ENDIAN);
            sum = bits.selectFrom(first);
            bits = bits.reinterpretAsShorts().lanewise(LSHR, 4).reinterpretAsBytes();
            sum = sum.add(bits.selectFrom(second));
            bits = ByteVector.fromMemorySegment(CodeLanes.GRANULE, ALL, at + 48, LITTLE_ENDIAN);
            sum = sum.add(bits.selectFrom(third));
            bits = bits.reinterpretAsShorts().lanewise(LSHR, 4).reinterpretAsBytes();
            pair = sum.add(bits.selectFrom(fourth)).reinterpretAsShorts();
            bothOfUpper = bothOfUpper.add(pair);
            oddOfUpper = oddOfUpper.add(pair.lanewise(LSHR, 8));
        }
        both.sub(odd.lanewise(LSHL, 8)).intoArray(sums, 0);
        bothOfUpper.sub(oddOfUpper.lanewise(LSHL, 8)).intoArray(sums, 8);
        odd.intoArray(sums, 16);
        oddOfUpper.intoArray(sums, 24);
    }

    /** For each of 16 patterns whether a bit is set, as 1 or -1; used at full width only. */
    private static FloatVector signs(int bit) {
        float[] lanes = new float[FLOATS];
        for (int pattern = 0; pattern < FLOATS; pattern++) {
            lanes[pattern] = (pattern >> bit & 1) != 0 ? 1f : -1f;
        }
        return FloatVector.fromArray(Simd.FLOATS, lanes, 0);
    }

    /** Where a lane's table begins in a vector of tables: two tables for the lanes of each 32 bytes. */
    private static ByteVector tableOfLane(int first) {
        byte[] lanes = new byte[W];
        for (int lane = 0; lane < W; lane++) {
            lanes[lane] = (byte) (lane / 32 * 32 + first);
        }
        return ByteVector.fromArray(CodeLanes.BYTES, lanes, 0);
    }
}
