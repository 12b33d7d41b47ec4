package io.vexel.collection.indexing;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.Bytes;
import io.vexel.index.GraphSpec;
import io.vexel.index.HnswSpec;
import io.vexel.index.IndexSpec;
import io.vexel.index.LshSpec;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows that replace others with the same vector while there is little memory. Where nothing else is said with a graph, whose memory grows by a little at a time. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TakeoversShortageTest extends TakeoverFixture {

    @BeforeEach
    void fill() {
        fill(GraphSpec.defaults().withEfConstruction(24));
    }

    /** Of those that grow by chunks, chunks that are nearly full. */
    static Stream<IndexSpec> specs() {
        return Stream.of(
                GraphSpec.defaults().withEfConstruction(24),
                new HnswSpec(64, 24, 50, HnswSpec.MOST_LEVELS, 7),
                new LshSpec(64, 4, 1, 7));
    }

    /** They need no place. What does is refused one, and what is behind it waits. */
    @ParameterizedTest
    @MethodSource("specs")
    void sameVectors_whileThereIsNoMemory_areTakenOver(IndexSpec spec) {
        keeper.replace(Optional.of(spec));
        keeper.awaitIndexed();
        long taken = budget.availableBytes() - Bytes.MIB;
        budget.reserve("hog", taken);
        int point = POINTS;
        while (status().shortage().isEmpty()) {
            points.put(point++, 0);
            keeper.awaitIndexed();
        }
        points.delete(point - 1);
        points.putAll(0, 100, 0);
        Shape before = shape();
        work();
        assertThat(keeper.tailRows()).isZero();
        assertThat(status().shortage())
                .as("there is no more memory than before")
                .isPresent();
        points.putAll(100, 200, 0);
        points.put(point, 0);
        points.put(200, 0);
        work();
        assertThat(keeper.tailRows()).isEqualTo(2);
        assertThat(shape()).isEqualTo(before);
        budget.release("hog", taken);
        keeper.awaitIndexed();
        assertThat(shape().rows()).isEqualTo(before.rows() + 1);
        requireIndexed(0, 99, 150, 200, point);
    }

    /** Puts new points, each with some known ones behind it in the same drain, until there is no memory for a vertex; returns the point it was refused for. */
    private int putUntilThereIsNoMemory(int known) {
        budget.reserve("hog", budget.availableBytes() - Bytes.MIB);
        int point = POINTS;
        while (status().shortage().isEmpty()) {
            points.put(point++, 0);
            points.putAll(0, known, 0);
            keeper.awaitIndexed();
        }
        return point - 1;
    }

    /** Rows behind one that is refused memory stay in the tail, too: what is saved has none above the watermark. */
    @Test
    void sameVectors_behindARowThatFoundNoMemory_areNotSavedAboveTheWatermark() {
        int refused = putUntilThereIsNoMemory(10);
        assertThat(keeper.tailRows()).isEqualTo(11);
        keeper.checkpoint();
        releaseHog();
        reopen();
        assertThat(status().problem()).isEmpty();
        keeper.awaitIndexed();
        requireIndexed(0, 9, 10, refused);
    }

    /** The same in a compaction, which drains whether there is memory or not, and saves. */
    @Test
    void retireDead_whileARowFindsNoMemory_savesNothingAboveTheWatermark() {
        keeper.checkpoint();
        exhaust();
        points.put(20_000, 0);
        points.putAll(0, 100, 0);
        assertThat(keeper.retireDead()).isEmpty();
        releaseHog();
        reopen();
        assertThat(status().problem()).isEmpty();
    }

    /** Of rows that die behind one that is refused memory, none is counted as absent that is in the index. */
    @Test
    void sameVectors_thatDieAboveTheWatermark_areCountedAmongTheDead() {
        for (int round = 0; round < 6; round++) {
            exhaust();
            points.put(20_000 + round, 0);
            points.putAll(round * 250, round * 250 + 250, 0);
            keeper.awaitIndexed();
            assertThat(keeper.tailRows()).isEqualTo(251);
            for (int dying = round * 250; dying < round * 250 + 250; dying++) {
                points.delete(dying);
            }
            releaseHog();
            keeper.awaitIndexed();
        }
        assertThat(keeper.tailRows()).isZero();
        assertThat(status().rows() - points.liveCount)
                .as("dead rows that no sweep took out")
                .isLessThanOrEqualTo(Math.max(ActiveIndex.SWEEP_ROWS, status().rows() / ActiveIndex.SWEEP_SHARE));
    }

    private int exhausted = 10_000;

    /** Leaves memory for copies of rows, none for another vertex, and nothing in the tail. */
    private void exhaust() {
        budget.reserve("hog", budget.availableBytes() - 32 * Bytes.KIB);
        while (status().shortage().isEmpty()) {
            points.put(exhausted++, 0);
            keeper.awaitIndexed();
        }
        points.delete(exhausted - 1);
        work();
        assertThat(keeper.tailRows()).isZero();
    }

    /** Who is refused the little memory that a takeover needs, while a shortage is known, does not wake itself again and again. */
    @Test
    void sameVectors_refusedMemoryWhileThereIsAShortage_wakeNobody() {
        int refused = putUntilThereIsNoMemory(0);
        points.delete(refused);
        work();
        assertThat(keeper.tailRows()).isZero();
        assertThat(status().shortage()).isPresent();
        budget.reserve("more", budget.availableBytes());
        while (points.rowCount % 5 != 0) {
            points.put(7, 0);
        }
        int _ = points.put(7, 0);
        while (keeper.step()) {}
        long signals = indexers.signals();
        assertThat(keeper.step()).isFalse();
        long woken = indexers.signals() - signals;
        budget.release("more", budget.usedByOwner().get("more"));
        releaseHog();
        assertThat(woken).as("signals of a step that did nothing").isZero();
    }

    /** A sweep needs no memory, so it is made when there is none to look whose places are to be taken over. */
    @Test
    void sweep_whileThereIsNoMemoryToLookAtTheTail_isMade() {
        for (int point = 0; point < 2_000; point++) {
            points.delete(point);
        }
        while (points.rowCount % 5 != 0) {
            points.put(2_500, 0);
        }
        points.put(2_500, 0);
        budget.reserve("hog", budget.availableBytes());
        try {
            work();
            assertThat(status().rows()).isLessThan(2_000);
        } finally {
            releaseHog();
        }
    }

    @Test
    void sweep_whileThereIsNoMemory_isMade() {
        for (int point = 0; point < 2_000; point++) {
            points.delete(point);
        }
        budget.reserve("hog", budget.availableBytes());
        try {
            work();
            assertThat(status().rows()).isLessThan(2_000);
        } finally {
            releaseHog();
        }
    }

    /** Dead rows are not spared for rows that stand behind one which waits for a place. */
    @Test
    void sameVectors_behindARowWithoutAPlace_doNotKeepTheSweepFromMakingOne() {
        int refused = putUntilThereIsNoMemory(0);
        points.putAll(0, POINTS, 0);
        work();
        long tail = keeper.tailRows();
        releaseHog();
        // Places of as many dead rows as there are points, for those and one more.
        assertThat(tail).isLessThanOrEqualTo(1);
        keeper.awaitIndexed();
        requireIndexed(0, refused);
    }
}
