package io.vexel.distance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import io.vexel.testkit.AllocationMeter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class KernelsTest {

    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int[] DIMENSIONS = IntStream.concat(
                    IntStream.rangeClosed(1, 130), IntStream.of(784, 1000, 1536, 4095, 4096))
            .toArray();
    private static final int ROWS = 11;
    private static final Metric[] FLOAT_METRICS = {Metric.L2, Metric.DOT, Metric.L1, Metric.COSINE};

    private final Region region = Region.allocate(MemoryBudget.unlimited(), "test", 1 << 20);

    @AfterEach
    void close() {
        region.close();
    }

    static Stream<Arguments> setsAndMetrics() {
        return KernelSet.all().flatMap(set -> Stream.of(FLOAT_METRICS).map(metric -> Arguments.of(set, metric)));
    }

    @ParameterizedTest
    @MethodSource("setsAndMetrics")
    void key_anyDimensionAndAlignment_equalsScalarTwinToTheBit(KernelSet set, Metric metric) {
        for (int dimension : DIMENSIONS) {
            Random random = new Random(dimension);
            float[] query = vector(random, dimension);
            long rows = fill(random, dimension);
            float[] keys = new float[2 * ROWS];
            set.keys(metric, query, rows, ROWS, keys);
            for (int r = 0; r < ROWS; r++) {
                long row = rows + 4L * r * dimension;
                float expected = set.scalarKey(metric, query, row);
                assertThat(set.key(metric, query, row))
                        .as("%s dimension=%d row=%d", set, dimension, r)
                        .isEqualTo(expected);
                assertThat(keys[r])
                        .as("%s dimension=%d row=%d of a block", set, dimension, r)
                        .isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("setsAndMetrics")
    void key_anyDimension_isWithinTheStatedBoundOfDoubleArithmetic(KernelSet set, Metric metric) {
        for (int dimension : DIMENSIONS) {
            Random random = new Random(31L * dimension);
            float[] query = vector(random, dimension);
            long row = fill(random, dimension);
            double[] exact = exact(metric, query, row);
            double bound = (dimension + 4) * 0x1p-24 * exact[1];
            assertThat((double) set.key(metric, query, row))
                    .as("%s dimension=%d", set, dimension)
                    .isBetween(exact[0] - bound, exact[0] + bound);
        }
    }

    @ParameterizedTest
    @MethodSource("io.vexel.distance.KernelSet#all")
    void squaredNorm_ofRowAndQuery_areEqual(KernelSet set) {
        for (int dimension : DIMENSIONS) {
            float[] query = vector(new Random(dimension), dimension);
            long row = store(region.address() + 4, query);
            assertThat(set.squaredNorm(row, dimension))
                    .as("dimension=%d", dimension)
                    .isEqualTo(set.squaredNorm(query));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Metric.class,
            names = {"HAMMING", "JACCARD"},
            mode = EnumSource.Mode.EXCLUDE)
    void key_ofHugeTinyAndZeroVectors_isNeverNaN(Metric metric) {
        float[] scales = {0f, Float.MIN_VALUE, 1e-30f, 1f, 1e19f, Float.MAX_VALUE};
        for (int dimension : new int[] {1, 7, 32, 100}) {
            for (float a : scales) {
                for (float b : scales) {
                    float[] query = alternating(dimension, a);
                    long row = store(region.address(), alternating(dimension, -b));
                    float key = HostKernels.key(metric, query, row);
                    assertThat(key).as("%s %d %g %g", metric, dimension, a, b).isNotNaN();
                    assertThat(key).isEqualTo(HostKernels.scalarKey(metric, query, row));
                }
            }
        }
    }

    @Test
    void negatedDot_whenPartialSumsOverflowBothWays_isTheTrueValue() {
        float[] query = {3e38f, 3e38f, 1f};
        long row = store(region.address(), new float[] {3e38f, -3e38f, 5f});
        assertThat(Kernels.negatedDot(query, row)).isEqualTo(-5f);
    }

    @Test
    void cosine_ofEqualVectors_isExactlyZero() {
        for (int seed = 0; seed < 200; seed++) {
            float[] query = vector(new Random(seed), 1 + seed);
            long row = store(region.address() + 1, query);
            assertThat(Kernels.cosine(query, ScalarKernels.squaredNorm(query), row))
                    .as("seed=%d", seed)
                    .isZero();
        }
    }

    @Test
    void cosine_ofVectorsBelowFloatRange_seesTheirDirection() {
        float[] query = {1e-30f, 0f};
        long row = store(region.address(), new float[] {1e-30f, 1e-30f});
        assertThat(Kernels.cosine(query, ScalarKernels.squaredNorm(query), row))
                .isEqualTo((float) (1 - Math.sqrt(0.5)));
        long zero = store(region.address(), new float[2]);
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
        long row = store(region.address(), new float[4]);
        assertThat(Kernels.jaccard(new long[2], row, 100)).isZero();
        assertThat(ScalarKernels.jaccard(new long[2], row, 100)).isZero();
        assertThat(Kernels.jaccard(new long[] {5, 0}, row, 100)).isEqualTo(1f);
    }

    @ParameterizedTest
    @EnumSource(Metric.class)
    void keys_onceCompiled_allocateNothing(Metric metric) {
        int dimension = 144;
        float[] query = vector(new Random(1), dimension);
        long rows = fill(new Random(2), dimension);
        float[] keys = new float[2 * ROWS];
        long least = AllocationMeter.bytesOnceCompiled(2000, () -> {
            for (int i = 0; i < 2000; i++) {
                HostKernels.keys(metric, query, rows, ROWS, keys);
                keys[0] += HostKernels.key(metric, query, 1f, rows) + Kernels.squaredNorm(rows, dimension);
            }
        });
        assertThat(least).as("bytes for 2,000 blocks of %d rows", ROWS).isLessThanOrEqualTo(2000);
    }

    /** The key, and the sum of magnitudes its error is relative to. */
    private static double[] exact(Metric metric, float[] query, long row) {
        double sum = 0;
        double magnitude = 0;
        double queryNorm = 0;
        double rowNorm = 0;
        for (int i = 0; i < query.length; i++) {
            double q = query[i];
            double x = element(row, i);
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

    private static float element(long row, int index) {
        return io.vexel.memory.raw.RawMemory.ALL.get(FLOAT, row + 4L * index);
    }

    /** Rows of random elements, at an address that is odd for odd dimensions. */
    private long fill(Random random, int dimension) {
        long first = region.address() + dimension % 64;
        for (int r = 0; r < ROWS; r++) {
            store(first + 4L * r * dimension, vector(random, dimension));
        }
        return first;
    }

    private long store(long address, float[] elements) {
        for (int i = 0; i < elements.length; i++) {
            region.segment().set(FLOAT, address - region.address() + 4L * i, elements[i]);
        }
        return address;
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
