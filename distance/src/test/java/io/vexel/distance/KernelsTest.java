package io.vexel.distance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import io.vexel.memory.raw.RawMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class KernelsTest {

    private static final int[] DIMENSIONS = IntStream.concat(
                    IntStream.rangeClosed(1, 130), IntStream.of(784, 1000, 1536, 4095, 4096))
            .toArray();
    private static final int ROWS = 11;
    private static final Metric[] FLOAT_METRICS = {Metric.L2, Metric.DOT, Metric.L1, Metric.COSINE};
    private static final ElementType[] FLOAT_TYPES = {ElementType.FLOAT32, ElementType.FLOAT16, ElementType.BFLOAT16};

    private final Region region = Region.allocate(MemoryBudget.unlimited(), "test", 1 << 20);

    @AfterEach
    void close() {
        region.close();
    }

    static Stream<Arguments> typesAndMetrics() {
        return Stream.of(FLOAT_TYPES)
                .flatMap(type -> Stream.of(FLOAT_METRICS).map(metric -> Arguments.of(type, metric)));
    }

    static Stream<Arguments> setsTypesAndMetrics() {
        return KernelSet.all()
                .flatMap(set -> typesAndMetrics().map(each -> Arguments.of(set, each.get()[0], each.get()[1])));
    }

    @ParameterizedTest
    @MethodSource("setsTypesAndMetrics")
    void key_anyDimensionAndAlignment_equalsScalarTwinToTheBit(KernelSet set, ElementType type, Metric metric) {
        for (int dimension : DIMENSIONS) {
            Random random = new Random(dimension);
            float[] query = vector(random, dimension);
            long rows = fill(type, random, dimension);
            float[] keys = new float[2 * ROWS];
            set.keys(type, metric, query, rows, ROWS, keys);
            for (int r = 0; r < ROWS; r++) {
                long row = rows + (long) r * type.rowBytes(dimension);
                float expected = set.scalarKey(type, metric, query, row);
                assertThat(set.key(type, metric, query, row))
                        .as("%s %s dimension=%d row=%d", set, type, dimension, r)
                        .isEqualTo(expected);
                assertThat(keys[r])
                        .as("%s %s dimension=%d row=%d of a block", set, type, dimension, r)
                        .isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("setsTypesAndMetrics")
    void key_anyDimension_isWithinTheStatedBoundOfDoubleArithmetic(KernelSet set, ElementType type, Metric metric) {
        for (int dimension : DIMENSIONS) {
            Random random = new Random(31L * dimension);
            float[] query = vector(random, dimension);
            long row = fill(type, random, dimension);
            double[] exact = exact(type, metric, query, row);
            double bound = (dimension + 4) * 0x1p-24 * exact[1];
            assertThat((double) set.key(type, metric, query, row))
                    .as("%s %s dimension=%d", set, type, dimension)
                    .isBetween(exact[0] - bound, exact[0] + bound);
        }
    }

    @ParameterizedTest
    @MethodSource("io.vexel.distance.KernelSet#all")
    void squaredNorm_ofRowAndQuery_areEqual(KernelSet set) {
        for (ElementType type : FLOAT_TYPES) {
            for (int dimension : DIMENSIONS) {
                float[] query = rounded(type, vector(new Random(dimension), dimension));
                long row = store(type, region.address() + 4, query);
                assertThat(set.squaredNorm(type, row, dimension))
                        .as("%s dimension=%d", type, dimension)
                        .isEqualTo(set.squaredNorm(query))
                        .isEqualTo(set.kernelSquaredNorm(query));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.vexel.distance.KernelSet#all")
    void widen_everyFiniteValue_isExact(KernelSet set) {
        for (ElementType type : new ElementType[] {ElementType.FLOAT16, ElementType.BFLOAT16}) {
            float[] all = finite(type);
            long address = store(type, region.address() + 1, all);
            float[] widened = new float[all.length];
            set.widen(type, address, all.length, widened);
            for (int i = 0; i < all.length; i++) {
                assertThat(Float.floatToRawIntBits(widened[i]))
                        .as("%s %s %s", set, type, all[i])
                        .isEqualTo(Float.floatToRawIntBits(all[i]));
            }
        }
    }

    /** All finite values of a 16-bit type; all but the last, to leave a tail. */
    private static float[] finite(ElementType type) {
        float[] values = new float[1 << 16];
        int count = 0;
        for (int bits = 0; bits < 1 << 16; bits++) {
            float value =
                    type == ElementType.FLOAT16 ? Float.float16ToFloat((short) bits) : Float.intBitsToFloat(bits << 16);
            if (Float.isFinite(value)) {
                values[count] = value;
                count++;
            }
        }
        return Arrays.copyOf(values, count - 1);
    }

    @ParameterizedTest
    @MethodSource("typesAndMetrics")
    void key_ofHugeTinyAndZeroVectors_isNeverNaN(ElementType type, Metric metric) {
        float largest = type == ElementType.FLOAT32 ? Float.MAX_VALUE : type.rounded(Math.nextDown(type.overflow()));
        float[] scales = {0f, Float.MIN_VALUE, 1e-30f, 0x1p-24f, 1f, Math.min(1e19f, largest), largest};
        for (int dimension : new int[] {1, 7, 32, 100}) {
            for (float a : scales) {
                for (float b : scales) {
                    float[] query = alternating(dimension, a);
                    long row = store(type, region.address(), alternating(dimension, -b));
                    float norm = ScalarKernels.squaredNorm(query);
                    float key = HostKernels.key(type, metric, query, norm, row);
                    assertThat(key)
                            .as("%s %s %d %g %g", type, metric, dimension, a, b)
                            .isNotNaN();
                    assertThat(key).isEqualTo(HostKernels.scalarKey(type, metric, query, row));
                }
            }
        }
    }

    @Test
    void negatedDot_whenPartialSumsOverflowBothWays_isTheTrueValue() {
        float[] query = {3e38f, 3e38f, 1f};
        long row = store(ElementType.FLOAT32, region.address(), new float[] {3e38f, -3e38f, 5f});
        assertThat(Kernels.negatedDot(query, row)).isEqualTo(-5f);
    }

    @Test
    void cosine_ofEqualVectors_isExactlyZero() {
        for (ElementType type : FLOAT_TYPES) {
            for (int seed = 0; seed < 200; seed++) {
                float[] query = rounded(type, vector(new Random(seed), 1 + seed));
                long row = store(type, region.address() + 1, query);
                assertThat(HostKernels.key(type, Metric.COSINE, query, ScalarKernels.squaredNorm(query), row))
                        .as("%s seed=%d", type, seed)
                        .isZero();
            }
        }
    }

    @Test
    void cosine_ofVectorsBelowFloatRange_seesTheirDirection() {
        float[] query = {1e-30f, 0f};
        long row = store(ElementType.FLOAT32, region.address(), new float[] {1e-30f, 1e-30f});
        assertThat(Kernels.cosine(query, ScalarKernels.squaredNorm(query), row))
                .isEqualTo((float) (1 - Math.sqrt(0.5)));
        long zero = store(ElementType.FLOAT32, region.address(), new float[2]);
        assertThat(Kernels.cosine(query, ScalarKernels.squaredNorm(query), zero))
                .isEqualTo(1f);
    }

    @ParameterizedTest
    @MethodSource("io.vexel.distance.KernelSet#all")
    void hamming_anyDimensionAndAlignment_countsEveryBitAndNoOther(KernelSet set) {
        for (int dimension : DIMENSIONS) {
            Random random = new Random(dimension);
            byte[] bits = new byte[(dimension + 7) / 8];
            random.nextBytes(bits);
            long row = region.address() + dimension % 9;
            MemorySegment.copy(bits, 0, region.segment(), ValueLayout.JAVA_BYTE, dimension % 9, bits.length);
            long[] query = random.longs((dimension + 63) / 64).toArray();
            int expected = 0;
            for (int i = 0; i < dimension; i++) {
                expected += (bits[i / 8] >>> (i % 8) & 1) == (query[i / 64] >>> (i % 64) & 1) ? 0 : 1;
            }
            assertThat(set.hamming(query, row, dimension))
                    .as("dimension=%d", dimension)
                    .isEqualTo(expected);
            assertThat(ScalarKernels.hamming(query, row, dimension)).isEqualTo(expected);
            assertThat(set.hammingInVectors(query, row, dimension / 64))
                    .isEqualTo(set.hammingInWords(query, row, dimension / 64));
        }
    }

    @ParameterizedTest
    @MethodSource("io.vexel.distance.KernelSet#all")
    void jaccard_anyDimensionAndAlignment_countsEveryBitAndNoOther(KernelSet set) {
        for (int dimension : DIMENSIONS) {
            Random random = new Random(dimension);
            byte[] bits = new byte[(dimension + 7) / 8];
            random.nextBytes(bits);
            long row = region.address() + dimension % 9;
            MemorySegment.copy(bits, 0, region.segment(), ValueLayout.JAVA_BYTE, dimension % 9, bits.length);
            long[] query = random.longs((dimension + 63) / 64).toArray();
            int common = 0;
            int union = 0;
            for (int i = 0; i < dimension; i++) {
                boolean stored = (bits[i / 8] >>> (i % 8) & 1) == 1;
                boolean asked = (query[i / 64] >>> (i % 64) & 1) == 1;
                common += stored && asked ? 1 : 0;
                union += stored || asked ? 1 : 0;
            }
            float expected = union == 0 ? 0f : (float) ((double) (union - common) / union);
            assertThat(set.jaccard(query, row, dimension))
                    .as("dimension=%d", dimension)
                    .isEqualTo(expected);
            assertThat(ScalarKernels.jaccard(query, row, dimension)).isEqualTo(expected);
            assertThat(set.jaccardInVectors(query, row, dimension / 64))
                    .isEqualTo(set.jaccardInWords(query, row, dimension / 64));
        }
    }

    @Test
    void jaccard_ofEmptySets_isZero() {
        long row = store(ElementType.FLOAT32, region.address(), new float[4]);
        assertThat(Kernels.jaccard(new long[2], row, 100)).isZero();
        assertThat(ScalarKernels.jaccard(new long[2], row, 100)).isZero();
        assertThat(Kernels.jaccard(new long[] {5, 0}, row, 100)).isEqualTo(1f);
    }

    /** The key, and the sum of magnitudes its error is relative to. */
    private static double[] exact(ElementType type, Metric metric, float[] query, long row) {
        double sum = 0;
        double magnitude = 0;
        double queryNorm = 0;
        double rowNorm = 0;
        for (int i = 0; i < query.length; i++) {
            double q = query[i];
            double x = type.element(RawMemory.ALL, row, i);
            double term = switch (metric) {
                case L2 -> (q - x) * (q - x);
                case L1 -> Math.abs(q - x);
                default -> -q * x;
            };
            sum += term;
            magnitude += Math.abs(term);
            queryNorm += q * q;
            rowNorm += x * x;
        }
        return metric == Metric.COSINE
                ? new double[] {1 + sum / Math.sqrt(queryNorm * rowNorm), 3}
                : new double[] {sum, metric == Metric.DOT ? magnitude : 3 * magnitude};
    }

    /** Rows of random elements, at an address that is odd for odd dimensions. */
    private long fill(ElementType type, Random random, int dimension) {
        long first = region.address() + dimension % 64;
        for (int r = 0; r < ROWS; r++) {
            store(type, first + (long) r * type.rowBytes(dimension), vector(random, dimension));
        }
        return first;
    }

    private long store(ElementType type, long address, float[] elements) {
        type.write(elements, region.segment(), address - region.address());
        return address;
    }

    private static float[] rounded(ElementType type, float[] elements) {
        float[] rounded = new float[elements.length];
        for (int i = 0; i < rounded.length; i++) {
            rounded[i] = type.rounded(elements[i]);
        }
        return rounded;
    }

    private static float[] vector(Random random, int dimension) {
        float[] elements = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            elements[i] = (float) (random.nextGaussian() * 3 + 1);
        }
        return elements;
    }

    private static float[] alternating(int dimension, float scale) {
        float[] elements = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            elements[i] = (i & 1) == 0 ? scale : -scale;
        }
        return elements;
    }
}
