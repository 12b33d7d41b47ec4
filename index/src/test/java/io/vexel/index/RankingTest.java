package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Rows of one element, so that the squared distance to a query at 0 is the square of the element. */
class RankingTest {

    private static final int ROWS = 40;
    private static final int K = 10;

    private final Region memory = Region.allocate(MemoryBudget.unlimited(), "test", ROWS * Float.BYTES);
    private final Region copy = Region.allocate(MemoryBudget.unlimited(), "test", Ranking.MOST_TOGETHER * Float.BYTES);
    private final Delegate vectors = new Delegate();
    private final Ranking ranking =
            new Ranking(vectors, copy.segment().asSlice(0, Ranking.MOST_TOGETHER * Float.BYTES));
    private final Collector best = new Collector(K, Float.POSITIVE_INFINITY, RowFilter.ALL, TieBreak.ORDINAL);

    @AfterEach
    void free() {
        memory.close();
        copy.close();
    }

    /** Row {@code i} lies at {@code 1 + i}, so its squared distance is {@code (1 + i)}^2. */
    private void add(float... codeDistances) {
        ranking.reset(codeDistances.length);
        for (int i = 0; i < codeDistances.length; i++) {
            memory.segment().setAtIndex(ValueLayout.JAVA_FLOAT, i, 1 + i);
            ranking.add(i, memory.address() + (long) Float.BYTES * i, codeDistances[i]);
        }
    }

    private int rank(Metric metric) {
        return rank(metric, FullVectorsTwin.NONE);
    }

    private int rank(Metric metric, FullVectors source) {
        vectors.source = source;
        RowScorer target = new RowScorer(metric, ElementType.FLOAT32, 1);
        target.aim(QueryVector.of(0));
        return ranking.rank(target, best, Cancellation.NONE);
    }

    private static float[] squares(float factor) {
        float[] distances = new float[ROWS];
        for (int i = 0; i < ROWS; i++) {
            distances[i] = factor * (1 + i) * (1 + i);
        }
        return distances;
    }

    private List<Integer> found() {
        Neighbors neighbors = best.neighbors(Metric.L2);
        return IntStream.range(0, neighbors.size())
                .mapToObj(i -> (int) neighbors.ordinal(i))
                .toList();
    }

    private static List<Integer> first(int count) {
        return IntStream.range(0, count).boxed().toList();
    }

    @Test
    void rank_codesThatTellTheTruth_comparesHardlyMoreThanK() {
        add(squares(0.001f));
        // Row 10 lies at 121 and the tenth at 100, so it is passed over.
        assertThat(rank(Metric.L2)).isEqualTo(K);
        assertThat(found()).isEqualTo(first(K));
    }

    @Test
    void rank_codesThatAreOffByDifferentFactors_comparesWhatThatLeavesOpen() {
        float[] codes = squares(1);
        // A row whose code distance is twice its distance: others may be so, too, up to twice 100.
        codes[4] = 2 * codes[4];
        add(codes);
        // Row 14 lies at 225, and 225 / 2 is above 100 by more than 2 %; row 13 lies at 196.
        assertThat(rank(Metric.L2)).isEqualTo(14);
        assertThat(found()).isEqualTo(first(K));
    }

    @Test
    void rank_codesThatSayNothing_comparesAll() {
        float[] codes = new float[ROWS];
        for (int i = 0; i < ROWS; i++) {
            codes[i] = 100 + i;
        }
        add(codes);
        assertThat(rank(Metric.L2)).isEqualTo(ROWS);
    }

    @Test
    void rank_codesOfNoDistance_areNoFactors() {
        float[] codes = squares(1);
        Arrays.fill(codes, 0, 12, 0);
        add(codes);
        assertThat(rank(Metric.L2)).isEqualTo(13);
        assertThat(found()).isEqualTo(first(K));
    }

    @Test
    void rank_keysThatAreNoSquares_comparesAll() {
        add(squares(1));
        assertThat(rank(Metric.L1)).isEqualTo(ROWS);
    }

    @Test
    void rank_fewerThanK_comparesAll() {
        add(1, 4, 9);
        assertThat(rank(Metric.L2)).isEqualTo(3);
        assertThat(found()).isEqualTo(first(3));
    }

    @Test
    void rank_withoutAddress_readsTheRow() {
        ranking.reset(2);
        ranking.add(7, 0, 1);
        ranking.add(3, 0, 2);
        assertThat(rank(Metric.L2, new FullVectorsTwin())).isEqualTo(2);
        assertThat(found()).containsExactly(3, 7);
    }

    /** Rows with addresses or without, in any mixture: what is found and compared is the same, and few rows are read that are not compared. */
    @Test
    void rank_anyRowsWithoutAddress_comparesTheSameAndReadsFewMore() {
        Random random = new Random(20_261_128L);
        for (int round = 0; round < 500; round++) {
            Metric metric = round % 5 == 0 ? Metric.L1 : Metric.L2;
            float spread = random.nextFloat();
            float[] codes = new float[1 + random.nextInt(ROWS)];
            for (int i = 0; i < codes.length; i++) {
                codes[i] = round % 7 == 0 && i < 12 ? 0 : (1 + i) * (1 + i) * (1 + spread * random.nextFloat());
            }
            Arrays.sort(codes);
            reset(round);
            add(codes);
            int compared = rank(metric);
            List<Integer> found = found();
            reset(round);
            CountingRows rows = new CountingRows();
            ranking.reset(codes.length);
            int without = 0;
            for (int i = 0; i < codes.length; i++) {
                boolean known = random.nextInt(4) == 0;
                without += known || i >= compared ? 0 : 1;
                ranking.add(i, known ? memory.address() + (long) Float.BYTES * i : 0, codes[i]);
            }
            assertThat(rank(metric, rows)).as("round %d", round).isEqualTo(compared);
            assertThat(found()).as("round %d", round).isEqualTo(found);
            assertThat(rows.read - without).as("round %d", round).isBetween(0, Ranking.MOST_TOGETHER - 1);
            assertThat(rows.turns).as("round %d", round).isLessThanOrEqualTo(Math.max(1, (without + 3) / 2));
        }
    }

    private void reset(int round) {
        float radius = round % 3 == 0 ? 150 : Float.POSITIVE_INFINITY;
        best.reset(1 + round % 25, radius, RowFilter.ALL, TieBreak.ORDINAL);
    }

    @Test
    void rank_noRowHasAnAddress_readsThoseThatAreSureAndAFewMoreAtOnce() {
        ranking.reset(ROWS);
        float[] codes = squares(0.001f);
        for (int i = 0; i < ROWS; i++) {
            ranking.add(i, 0, codes[i]);
        }
        CountingRows rows = new CountingRows();
        assertThat(rank(Metric.L2, rows)).isEqualTo(K);
        assertThat(rows.turns).isEqualTo(1);
        assertThat(rows.read).isEqualTo(K + 4);
    }

    /** The rows of {@link #add}, which counts how they are read. */
    private static final class CountingRows implements FullVectors {

        private int read;
        private int turns;

        @Override
        public long address(long ordinal) {
            throw new AssertionError("the address was asked for before");
        }

        @Override
        public void read(long ordinal, MemorySegment target) {
            read++;
            target.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 0, 1 + ordinal);
        }

        @Override
        public void readMany(long[] ordinals, int count, MemorySegment target) {
            turns++;
            FullVectors.super.readMany(ordinals, count, target);
        }
    }

    /** Vectors that are others in each test. */
    private static final class Delegate implements FullVectors {

        private FullVectors source = FullVectorsTwin.NONE;

        @Override
        public long address(long ordinal) {
            return source.address(ordinal);
        }

        @Override
        public void read(long ordinal, MemorySegment target) {
            source.read(ordinal, target);
        }

        @Override
        public void readMany(long[] ordinals, int count, MemorySegment target) {
            source.readMany(ordinals, count, target);
        }
    }

    /** Row {@code i} lies at {@code i}. */
    private static final class FullVectorsTwin implements FullVectors {

        static final FullVectors NONE = new FullVectorsTwin();

        @Override
        public long address(long ordinal) {
            throw new AssertionError("the address was asked for before");
        }

        @Override
        public void read(long ordinal, MemorySegment target) {
            target.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 0, ordinal);
        }
    }
}
