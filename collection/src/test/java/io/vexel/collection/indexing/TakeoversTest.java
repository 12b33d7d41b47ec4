package io.vexel.collection.indexing;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.Bytes;
import io.vexel.base.DeviceException;
import io.vexel.collection.IndexStatus;
import io.vexel.collection.indexing.IndexKeeper.Lease;
import io.vexel.filesystem.FileSystem;
import io.vexel.index.Cancellation;
import io.vexel.index.Effort;
import io.vexel.index.FullVectors;
import io.vexel.index.GraphSpec;
import io.vexel.index.IndexKind;
import io.vexel.index.IndexSpec;
import io.vexel.index.Neighbors;
import io.vexel.index.QueryVector;
import io.vexel.index.SearchRequest;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import io.vexel.paging.space.Pager;
import io.vexel.testkit.SimulatedClock;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rows that replace others with the same vector, and what the index of their collection does about it. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TakeoversTest {

    private static final int POINTS = 3_000;
    private static final GraphSpec SPEC = GraphSpec.defaults().withEfConstruction(24);

    private final FileSystem files = ActiveIndexTest.fileSystem();
    private final SimulatedClock clock = new SimulatedClock();
    private final MemoryBudget budget = new MemoryBudget(Bytes.GIB);
    private final Points points = new Points();
    private final Indexers indexers = new Indexers(0);
    private IndexKeeper keeper;

    /** Points whose rows are written one by one, each write a batch of its own that is durable at once. */
    private static final class Points implements FullVectors, AutoCloseable {

        private static final int MOST_ROWS = 40_000;
        private static final int BYTES = ActiveIndexTest.SPEC.rowBytes();

        private final Region vectors = Region.allocate(MemoryBudget.unlimited(), "rows", (long) MOST_ROWS * BYTES);
        private final int[] deaths = new int[MOST_ROWS];
        private final int[] replaced = new int[MOST_ROWS];
        private final Map<Integer, Integer> rows = new HashMap<>();
        private int rowCount;
        private int liveCount;
        private int version;
        private long unreadable = -1;

        static float[] vector(int point, int kind) {
            Random random = new Random(point * 1_000_003L + kind);
            float[] vector = new float[ActiveIndexTest.SPEC.dimension()];
            for (int i = 0; i < vector.length; i++) {
                vector[i] = (float) random.nextGaussian();
            }
            return vector;
        }

        /** Gives a point a row; returns it. */
        int put(int point, int kind) {
            int row = rowCount;
            MemorySegment.copy(
                    vector(point, kind),
                    0,
                    vectors.segment(),
                    ValueLayout.JAVA_FLOAT,
                    (long) row * BYTES,
                    ActiveIndexTest.SPEC.dimension());
            Integer old = rows.put(point, row);
            replaced[row] = old == null ? -1 : old;
            if (old != null && deaths[old] == 0) {
                kill(old);
            }
            rowCount++;
            liveCount++;
            return row;
        }

        void putAll(int from, int to, int kind) {
            for (int point = from; point < to; point++) {
                put(point, kind);
            }
        }

        void delete(int point) {
            kill(rows.get(point));
        }

        private void kill(int row) {
            deaths[row] = ++version;
            liveCount--;
        }

        int row(int point) {
            return rows.get(point);
        }

        float[] vector(int row) {
            return vectors.segment().asSlice((long) row * BYTES, BYTES).toArray(ValueLayout.JAVA_FLOAT);
        }

        IndexedRows.State state() {
            int at = version;
            int count = rowCount;
            return new IndexedRows.State(count, liveCount, row -> deaths[(int) row] == 0 || deaths[(int) row] > at);
        }

        @Override
        public long address(long ordinal) {
            // Some have to be copied.
            return ordinal % 5 == 0 ? 0 : vectors.address() + ordinal * BYTES;
        }

        @Override
        public void read(long ordinal, MemorySegment target) {
            if (ordinal == unreadable) {
                throw new DeviceException(DeviceException.Operation.READ, ordinal, BYTES, "injected: row " + ordinal);
            }
            target.copyFrom(vectors.segment().asSlice(ordinal * BYTES, BYTES));
        }

        @Override
        public void close() {
            vectors.close();
        }
    }

    private IndexKeeper open() {
        IndexedRows.PageCache none = new IndexedRows.PageCache() {
            @Override
            public Optional<Pager> pager() {
                return Optional.empty();
            }

            @Override
            public void wantMemory() {}
        };
        return IndexKeeper.open(
                new IndexedRows(
                        ActiveIndexTest.SPEC,
                        files,
                        FileSystem.ROOT,
                        false,
                        budget,
                        clock,
                        points,
                        _ -> false,
                        none,
                        points::state,
                        row -> points.replaced[(int) row]),
                indexers);
    }

    @BeforeEach
    void fill() {
        keeper = open();
        keeper.replace(Optional.of(SPEC));
        points.putAll(0, POINTS, 0);
        keeper.awaitIndexed();
        assertThat(status().rows()).isEqualTo(POINTS);
    }

    @AfterEach
    void close() {
        keeper.close();
        indexers.close();
        points.close();
        files.close();
        assertThat(budget.usedByOwner()).isEmpty();
    }

    private IndexStatus status() {
        return keeper.status();
    }

    /** What does not change when no vertex comes or goes. */
    private record Shape(long rows, long links, long freePlaces) {

        static Shape of(IndexStatus status) {
            return new Shape(status.rows(), status.links(), status.freePlaces());
        }
    }

    private Shape shape() {
        return Shape.of(status());
    }

    /** The row of the index that is nearest to a vector, at distance 0, in a state; empty when it has none below the watermark. */
    private OptionalLong found(Lease lease, IndexedRows.State state, float[] vector) {
        SearchRequest request = SearchRequest.nearest(QueryVector.of(vector), 1).withLive(state::isLive);
        Neighbors found = lease.index()
                .orElseThrow()
                .search(request, new Effort(200, lease.watermark()))
                .neighbors()
                .getFirst();
        return found.size() > 0 && found.distance(0) == 0 ? OptionalLong.of(found.ordinal(0)) : OptionalLong.empty();
    }

    /** Each of some points is found by the index, as its newest row. */
    private void requireIndexed(int... some) {
        try (Lease lease = keeper.enter(Cancellation.NONE)) {
            IndexedRows.State state = points.state();
            for (int point : some) {
                int row = points.row(point);
                assertThat(found(lease, state, points.vector(row)))
                        .as("point %d", point)
                        .hasValue(row);
            }
        }
        assertThat(keeper.verify().findings()).isEmpty();
    }

    private void work() {
        boolean worked = true;
        while (worked) {
            worked = keeper.step();
        }
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
        Lease old = keeper.enter(Cancellation.NONE);
        IndexedRows.State state = points.state();
        int row = points.row(7);
        points.put(9, 1);
        points.put(7, 0);
        work();
        assertThat(keeper.tailRows()).as("the other row is in").isEqualTo(1);
        assertThat(keeper.looksAgain()).isTrue();
        try (Lease young = keeper.enter(Cancellation.NONE)) {
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
        assertThat(shape().rows).isEqualTo(before.rows + 1);
        requireIndexed(7, 9);
    }

    /** Rows wait for a long search while the tail is short, and a second in any case. */
    @Test
    void sameVectors_besideALongSearch_areInsertedWhenTheTailIsLong() {
        Lease old = keeper.enter(Cancellation.NONE);
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

    /** They need no place. What does is refused one, and what is behind it waits. */
    @Test
    void sameVectors_whileThereIsNoMemory_areTakenOver() {
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
        assertThat(shape().rows).isEqualTo(before.rows + 1);
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

    private void releaseHog() {
        budget.release("hog", budget.usedByOwner().get("hog"));
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

    /** The end of a process, after which the index is as it was saved last. */
    private void reopen() {
        keeper.discard();
        keeper = open();
        keeper.awaitLoaded();
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
        assertThat(shape().rows).isEqualTo(POINTS - 2_000);
        points.putAll(0, 2_000, 0);
        keeper.awaitIndexed();
        assertThat(shape().rows).isEqualTo(POINTS);
        requireIndexed(0, 99, 1_999, 2_000);
    }

    /** Other kinds take each row in as a new one. */
    @ParameterizedTest
    @EnumSource(names = {"HNSW", "LSH"})
    void sameVectors_inOtherKinds_areInserted(IndexKind kind) {
        keeper.replace(Optional.of(IndexSpec.parse(kind, Map.of())));
        keeper.awaitIndexed();
        points.putAll(0, 100, 0);
        keeper.awaitIndexed();
        assertThat(status().rows()).isEqualTo(POINTS + 100);
        assertThat(keeper.verify().findings()).isEmpty();
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
        try (Lease lease = keeper.enter(Cancellation.NONE)) {
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
