package io.vexel.distance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CodesTest {

    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @ParameterizedTest
    @MethodSource("io.vexel.distance.KernelSet#all")
    void kernels_anyDimension_equalTheirTwinsToTheBit(KernelSet set) {
        for (int dimension :
                new int[] {1, 2, 16, 17, 31, 32, 48, 64, 65, 100, 112, 128, 300, 784, 1000, 1536, 4096, 4097}) {
            assertThat(set.call("CodeExercise", "compare", dimension))
                    .as("%s dimension=%d", set, dimension)
                    .isEqualTo("");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 100, 128, 784})
    void rotation_anyVector_keepsDistances(int dimension) {
        Random random = new Random(dimension);
        Rotation rotation = Rotation.seeded(dimension, 1);
        try (Region region = Region.allocate(MemoryBudget.unlimited(), "test", 65_536)) {
            double before = 0;
            for (int i = 0; i < dimension; i++) {
                float x = (float) random.nextGaussian();
                before += (double) x * x;
                region.segment().set(FLOAT, 4L * i, x);
            }
            rotation.apply(region.address());
            double after = 0;
            for (int i = 0; i < rotation.dimension(); i++) {
                float x = region.segment().get(FLOAT, 4L * i);
                after += (double) x * x;
            }
            assertThat(after).isCloseTo(before, org.assertj.core.data.Percentage.withPercentage(0.001));
        }
    }

    /** With few large elements before, no element is large after: one scale fits all. */
    @Test
    void rotation_spikedVector_isSpreadOut() {
        Rotation rotation = Rotation.seeded(784, 1);
        try (Region region = Region.allocate(MemoryBudget.unlimited(), "test", 65_536)) {
            region.segment().set(FLOAT, 0, 100f);
            rotation.apply(region.address());
            for (int i = 0; i < 784; i++) {
                assertThat(Math.abs(region.segment().get(FLOAT, 4L * i))).isLessThan(30f);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {128, 768})
    void estimates_randomVectors_areUnbiasedAndClose(int dimension) {
        Random random = new Random(5);
        float limit = 4f;
        float scale = 127f / (2 * limit);
        int codeBytes = ScalarCodes.bytes(dimension);
        double bias = 0;
        double squares = 0;
        int count = 0;
        try (Region region = Region.allocate(MemoryBudget.unlimited(), "test", 1 << 20)) {
            long floats = region.address();
            long query = floats + 16_384;
            long center = query + 4_096;
            long neighbor = center + 4_096;
            long block = neighbor + 4_096;
            QueryTables tables = new QueryTables(dimension, block + NeighborCodes.blockBytes(dimension));
            float[] estimates = new float[NeighborCodes.COUNT];
            for (int round = 0; round < 50; round++) {
                gaussian(region, dimension, random);
                ScalarCodes.encode(floats, dimension, limit, scale, center);
                NeighborCodes.clear(block, dimension);
                gaussian(region, dimension, random);
                ScalarCodes.encode(floats, dimension, limit, scale, neighbor);
                int radius = ScalarCodes.squaredDistance(center, neighbor, codeBytes);
                NeighborCodes.put(block, dimension, 9, center, neighbor);
                assertThat(NeighborCodes.squaredRadius(block, dimension, 9))
                        .isBetween(radius * 0.995f, radius * 1.005f);
                gaussian(region, dimension, random);
                ScalarCodes.encode(floats, dimension, limit, scale, query);
                tables.prepare(floats, scale);
                tables.scan(block, ScalarCodes.squaredDistance(query, center, codeBytes), 0, estimates);
                double exact = ScalarCodes.squaredDistance(query, neighbor, codeBytes);
                double error = (estimates[9] - exact) / exact;
                bias += error;
                squares += error * error;
                count++;
            }
        }
        assertThat(bias / count).isBetween(-0.03, 0.03);
        assertThat(Math.sqrt(squares / count)).isLessThan(dimension == 128 ? 0.12 : 0.06);
    }

    private static void gaussian(Region region, int dimension, Random random) {
        for (int i = 0; i < dimension; i++) {
            region.segment().set(FLOAT, 4L * i, (float) random.nextGaussian());
        }
    }
}
