package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.TimeSource;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import io.vexel.memory.MemoryBudget;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How often two vectors have the same value, against what theory says of the family: within four standard deviations. */
class LshFunctionsTest {

    private static final int DIMENSION = 24;
    private static final LshSpec MANY = new LshSpec(64, 32, 0, 3);
    private static final int SEEDS = 8;

    private static final FullVectors NO_VECTORS = new FullVectors() {
        @Override
        public long address(long ordinal) {
            throw new IllegalStateException("not asked for");
        }

        @Override
        public void read(long ordinal, MemorySegment target) {
            throw new IllegalStateException("not asked for");
        }
    };

    private static void assertCollisions(Metric metric, float scale, QueryVector a, QueryVector b, double theory) {
        long equal = 0;
        long all = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            LshSpec spec = new LshSpec(MANY.tables(), MANY.functions(), 0, seed);
            IndexContext context = new IndexContext(
                    metric,
                    metric.defaultElementType(),
                    a.dimension(),
                    MemoryBudget.unlimited(),
                    NO_VECTORS,
                    TimeSource.SYSTEM);
            int[] left;
            int[] right;
            try (LshFunctions functions = LshFunctions.of(spec, context, scale)) {
                left = values(metric, functions, spec, a);
                right = values(metric, functions, spec, b);
            }
            for (int f = 0; f < left.length; f++) {
                equal += left[f] == right[f] ? 1 : 0;
            }
            all += left.length;
        }
        double deviation = Math.sqrt(theory * (1 - theory) / all);
        assertThat((double) equal / all)
                .as("share of %d functions", all)
                .isBetween(theory - 4 * deviation, theory + 4 * deviation);
    }

    private static int[] values(Metric metric, LshFunctions functions, LshSpec spec, QueryVector vector) {
        RowScorer scorer = new RowScorer(metric, metric.defaultElementType(), vector.dimension());
        scorer.aim(vector);
        LshSignature signature = new LshSignature(spec.allFunctions());
        functions.ofRow(scorer, signature);
        return signature.values.clone();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.1, 0.5, 1.2, 2.5})
    void randomProjection_atAnAngle_collidesAsTheAngleSays(double angle) {
        float[] a = new float[DIMENSION];
        float[] b = new float[DIMENSION];
        a[3] = 2;
        b[3] = (float) Math.cos(angle);
        b[7] = (float) Math.sin(angle);
        assertCollisions(Metric.COSINE, 1, QueryVector.of(a), QueryVector.of(b), 1 - angle / Math.PI);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.5, 1, 3, 8})
    void gaussianProjection_atADistance_collidesAsDatarSays(double widths) {
        double normal = 0;
        int steps = 200_000;
        for (int i = 0; i < steps; i++) {
            double t = widths * (i + 0.5) / steps;
            normal += 2 / Math.sqrt(2 * Math.PI) * Math.exp(-t * t / 2) * (1 - t / widths) * widths / steps;
        }
        assertCollisions(Metric.L2, (float) widths, start(), shifted(1), normal);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.5, 1, 3, 8})
    void cauchyProjection_atADistance_collidesAsDatarSays(double widths) {
        double theory = 2 * Math.atan(widths) / Math.PI - Math.log(1 + widths * widths) / (Math.PI * widths);
        assertCollisions(Metric.L1, (float) widths, start(), shifted(1), theory);
    }

    private static QueryVector start() {
        float[] elements = new float[DIMENSION];
        elements[1] = 0.3f;
        return QueryVector.of(elements);
    }

    /** At distance 1 under l2 and l1. */
    private static QueryVector shifted(float by) {
        float[] elements = new float[DIMENSION];
        elements[1] = 0.3f;
        elements[5] = by;
        return QueryVector.of(elements);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 20, 75})
    void bitSampling_atADistance_collidesAsTheShareOfEqualBits(int differing) {
        byte[] a = new byte[13];
        new Random(1).nextBytes(a);
        byte[] b = a.clone();
        for (int i = 0; i < differing; i++) {
            b[i >>> 3] ^= (byte) (1 << (i & 7));
        }
        assertCollisions(
                Metric.HAMMING, 1, QueryVector.ofBits(a, 100), QueryVector.ofBits(b, 100), 1 - differing / 100.0);
    }

    /** Sets of 40 with so many elements in common. */
    @ParameterizedTest
    @ValueSource(ints = {0, 10, 30, 39, 40})
    void minHash_atADistance_collidesAsTheSharedPartOfTheUnion(int common) {
        byte[] a = new byte[20];
        byte[] b = new byte[20];
        for (int i = 0; i < 40; i++) {
            int other = i + 40 - common;
            a[i >>> 3] |= (byte) (1 << (i & 7));
            b[other >>> 3] |= (byte) (1 << (other & 7));
        }
        assertCollisions(
                Metric.JACCARD, 1, QueryVector.ofBits(a, 155), QueryVector.ofBits(b, 155), common / (80.0 - common));
    }

    @Test
    void augmentation_ofLongAndShortRow_collidesWithAQueryAsTheScaledProductSays() {
        float[] row = new float[DIMENSION];
        row[0] = 1.5f;
        float[] query = new float[DIMENSION];
        query[0] = 9;
        query[1] = 3;
        double cosine = 1.5 / 4 * 9 / Math.hypot(9, 3);
        long equal = 0;
        int all = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            LshSpec spec = new LshSpec(64, 32, 0, seed);
            IndexContext context = new IndexContext(
                    Metric.DOT,
                    ElementType.FLOAT32,
                    DIMENSION,
                    MemoryBudget.unlimited(),
                    NO_VECTORS,
                    TimeSource.SYSTEM);
            try (LshFunctions functions = LshFunctions.of(spec, context, 4)) {
                int[] stored = values(Metric.DOT, functions, spec, QueryVector.of(row));
                RowScorer scorer = new RowScorer(Metric.DOT, ElementType.FLOAT32, DIMENSION);
                scorer.aim(QueryVector.of(query));
                LshSignature asked = new LshSignature(spec.allFunctions());
                functions.ofQuery(scorer, asked);
                for (int f = 0; f < stored.length; f++) {
                    equal += stored[f] == asked.values[f] ? 1 : 0;
                }
                all += stored.length;
            }
        }
        double theory = 1 - Math.acos(cosine) / Math.PI;
        double deviation = Math.sqrt(theory * (1 - theory) / all);
        assertThat((double) equal / all).isBetween(theory - 4 * deviation, theory + 4 * deviation);
    }

    @Test
    void probes_comeCheapestFirst_andNoneTwice() {
        LshSpec spec = new LshSpec(2, 6, 2, 1);
        LshSignature signature = new LshSignature(spec.allFunctions());
        Random random = new Random(8);
        for (int f = 0; f < spec.allFunctions(); f++) {
            signature.set(f, random.nextInt(100), -1, random.nextFloat());
            signature.alternatives[2 * f + 1] = -2;
            signature.costs[2 * f + 1] = random.nextFloat();
        }
        LshProbes probes = new LshProbes(spec);
        probes.begin(signature);
        java.util.Set<Long> seen = new java.util.HashSet<>();
        int[] own = new int[2];
        probes.hashes(signature, own);
        int taken = 0;
        for (int hash = probes.next(signature); hash >= 0; hash = probes.next(signature)) {
            assertThat(seen.add((long) probes.table() << 32 | hash)).isTrue();
            if (taken++ < 2) {
                assertThat(hash).isEqualTo(own[probes.table()]);
            }
        }
        // Own bucket, 12 changes of one function, and of two functions: 15 pairs with 2 x 2 alternatives; in each
        // table.
        assertThat(taken).isEqualTo(2 * (1 + 12 + 60));
    }
}
