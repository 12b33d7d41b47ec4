package io.vexel.collection.indexing;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.collection.IndexStatus;
import io.vexel.index.Cancellation;
import io.vexel.index.GraphSpec;
import io.vexel.index.HnswSpec;
import io.vexel.index.IndexSpec;
import io.vexel.index.LshSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows that replace others with the same vector, and what the index of their collection does about it: each kind the same. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@ParameterizedClass
@MethodSource("specs")
class TakeoversTest extends TakeoverFixture {

    private final IndexSpec spec;

    TakeoversTest(IndexSpec spec) {
        this.spec = spec;
    }

    static Stream<IndexSpec> specs() {
        return Stream.of(
                GraphSpec.defaults().withEfConstruction(24),
                new HnswSpec(8, 24, 50, HnswSpec.MOST_LEVELS, 7),
                new LshSpec(4, 8, 2, 7));
    }

    @BeforeEach
    void fill() {
        fill(spec);
    }

    @Test
    void sameVectors_ofAllPointsAtOnce_areTakenOverWithoutASweep() {
        Shape before = shape();
        IndexStatus status = status();
        for (int round = 0; round < 3; round++) {
            points.putAll(0, POINTS, 0);
            keeper.awaitIndexed();
            assertThat(shape()).isEqualTo(before);
            assertThat(status().tailRows()).isZero();
            assertThat(status().calibration()).isEqualTo(status.calibration());
        }
        requireIndexed(0, 1, POINTS - 1);
    }

    /** Rows with other vectors come in, in places that a sweep makes; the others stay where they are. */
    @Test
    void sameAndOtherVectors_ofAllPointsAtOnce_areTakenOverOrInserted() {
        for (int point = 0; point < POINTS; point++) {
            points.put(point, point % 2);
        }
        keeper.awaitIndexed();
        IndexStatus status = status();
        // The vertices of half of the points were taken out before others came.
        assertThat(status.rows() + status.freePlaces()).isEqualTo(POINTS);
        requireIndexed(0, 1, 1_000, 1_001);
    }

    @Test
    void sameVector_afterRowsThatNeverCameIntoTheIndex_takesOverTheOldVertex() {
        Shape before = shape();
        points.put(7, 0);
        points.put(7, 5);
        points.put(7, 0);
        points.delete(8);
        points.put(8, 0);
        keeper.awaitIndexed();
        assertThat(shape()).isEqualTo(before);
        requireIndexed(7, 8);
    }

    @Test
    void otherVector_isInserted() {
        points.put(7, 1);
        keeper.awaitIndexed();
        assertThat(status().rows()).isEqualTo(POINTS + 1);
        requireIndexed(7);
    }

    /** A search that began before wants the old row, from the index; it may take as long as it likes. */
    @Test
    void sameVectors_besideASearchOfAnOlderState_waitInTheTailUntilItHasEnded() {
        Shape before = shape();
        IndexLease old = keeper.enter(Cancellation.NONE);
        IndexedRows.State state = points.state();
        int row = points.row(7);
        points.put(9, 1);
        points.put(7, 0);
        work();
        assertThat(keeper.tailRows()).as("the other row is in").isEqualTo(1);
        assertThat(keeper.looksAgain()).isTrue();
        try (IndexLease young = keeper.enter(Cancellation.NONE)) {
            assertThat(found(old, state, Points.vector(7, 0))).hasValue(row);
            assertThat(found(young, points.state(), Points.vector(7, 0)))
                    .as("in the tail")
                    .isEmpty();
            long signals = indexers.signals();
            old.close();
            assertThat(indexers.signals()).as("whoever waits is told").isGreaterThan(signals);
            work();
            assertThat(keeper.tailRows()).isZero();
            assertThat(found(young, points.state(), Points.vector(7, 0)))
                    .as("it still compares the tail from there on")
                    .isEmpty();
        }
        assertThat(keeper.looksAgain()).isFalse();
        assertThat(shape().rows()).isEqualTo(before.rows() + 1);
        requireIndexed(7, 9);
    }

    /** Rows wait for a long search while the tail is short, and a second in any case. */
    @Test
    void sameVectors_besideALongSearch_areInsertedWhenTheTailIsLong() {
        IndexLease old = keeper.enter(Cancellation.NONE);
        points.put(POINTS - 1, 0);
        for (int i = 1; i < Takeovers.MOST_WAITING; i++) {
            points.put(i % (POINTS - 1), 0);
        }
        clock.advance(TimeUnit.SECONDS.toNanos(5));
        work();
        assertThat(keeper.tailRows()).isEqualTo(Takeovers.MOST_WAITING);
        clock.advance(TimeUnit.SECONDS.toNanos(5));
        work();
        assertThat(keeper.tailRows()).as("short enough").isEqualTo(Takeovers.MOST_WAITING);
        points.put(7, 0);
        work();
        assertThat(status().rows()).as("some").isGreaterThan(POINTS);
        assertThat(keeper.tailRows()).isLessThanOrEqualTo(Takeovers.MOST_WAITING);
        old.close();
        keeper.awaitIndexed();
        requireIndexed(7, 8, 2_000);
    }

    /** A row that cannot be read once stops the work, which is saved at the end; the next process can use it. */
    @Test
    void sameVectors_behindARowThatCannotBeRead_areNotSavedAboveTheWatermark() {
        assertThat(points.rowCount % 5).isZero();
        points.unreadable = points.put(20_000, 0);
        points.putAll(1, 100, 0);
        keeper.awaitIndexed();
        assertThat(status().problem()).isPresent();
        points.unreadable = -1;
        keeper.close();
        keeper = open();
        keeper.awaitLoaded();
        assertThat(status().problem()).isEmpty();
    }

    /** As a compaction does: points are put again, and then nothing that is dead may be in the index, nor in what is saved of it. */
    @Test
    void retireDead_afterRowsWereMoved_movesNoVertex() {
        keeper.checkpoint();
        Shape before = shape();
        points.putAll(0, POINTS / 2, 0);
        assertThat(keeper.retireDead()).isEmpty();
        assertThat(shape()).isEqualTo(before);
        assertThat(status().checkpoint().orElseThrow().watermark()).isEqualTo(points.rowCount);
        requireIndexed(0, POINTS / 2, POINTS - 1);
        reopen();
        assertThat(shape()).isEqualTo(before);
        requireIndexed(0, POINTS / 2, POINTS - 1);
    }

    @Test
    void sameVectors_inTheTailOfALoadedIndex_areTakenOverAgain() {
        points.putAll(0, 100, 0);
        keeper.awaitIndexed();
        keeper.checkpoint();
        Shape before = shape();
        points.putAll(50, 300, 0);
        keeper.awaitIndexed();
        points.putAll(200, 250, 0);
        reopen();
        assertThat(keeper.tailRows()).isEqualTo(300);
        keeper.awaitIndexed();
        assertThat(shape()).isEqualTo(before);
        requireIndexed(0, 50, 150, 249, 299, 300);
    }

    /** A row that was deleted before is dead for everybody; who puts it again takes its vertex over, if no sweep was faster. */
    @Test
    void sameVectors_ofPointsThatWereDeleted_areTakenOverUnlessTheyWereSwept() {
        Shape before = shape();
        for (int point = 0; point < 100; point++) {
            points.delete(point);
        }
        keeper.awaitIndexed();
        points.putAll(0, 100, 0);
        keeper.awaitIndexed();
        assertThat(shape()).isEqualTo(before);
        for (int point = 0; point < 2_000; point++) {
            points.delete(point);
        }
        work();
        assertThat(shape().rows()).isEqualTo(POINTS - 2_000);
        points.putAll(0, 2_000, 0);
        keeper.awaitIndexed();
        assertThat(shape().rows()).isEqualTo(POINTS);
        requireIndexed(0, 99, 1_999, 2_000);
    }

    /** Against a model: after each of many random steps every point is found once, by the index or in the tail. */
    @Test
    void randomSteps_leaveEveryPointFoundOnce() {
        Random random = new Random(31);
        List<Integer> kinds = new ArrayList<>();
        LongStream.range(0, POINTS).forEach(_ -> kinds.add(0));
        for (int step = 0; step < 60; step++) {
            int some = random.nextInt(200);
            for (int i = 0; i < some; i++) {
                int point = random.nextInt(POINTS);
                int what = random.nextInt(10);
                if (what == 0 && kinds.get(point) >= 0) {
                    points.delete(point);
                    kinds.set(point, -1);
                } else {
                    kinds.set(point, what < 7 ? Math.max(0, kinds.get(point)) : random.nextInt(3));
                    points.put(point, kinds.get(point));
                }
            }
            switch (random.nextInt(6)) {
                case 0 -> keeper.checkpoint();
                case 1 -> assertThat(keeper.retireDead()).isEmpty();
                case 2 -> reopen();
                case 3 -> keeper.awaitIndexed();
                default -> keeper.step();
            }
            requireFoundOnce(random, kinds);
        }
        keeper.awaitIndexed();
        assertThat(keeper.verify().findings()).isEmpty();
    }

    private void requireFoundOnce(Random random, List<Integer> kinds) {
        try (IndexLease lease = keeper.enter(Cancellation.NONE)) {
            IndexedRows.State state = points.state();
            for (int i = 0; i < 40; i++) {
                int point = random.nextInt(POINTS);
                if (kinds.get(point) >= 0) {
                    int row = points.row(point);
                    OptionalLong found = found(lease, state, Points.vector(point, kinds.get(point)));
                    if (row < lease.watermark()) {
                        assertThat(found).as("point %d", point).hasValue(row);
                    } else {
                        assertThat(found).as("point %d, in the tail", point).isEmpty();
                    }
                }
            }
        }
    }
}
