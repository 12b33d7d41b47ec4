package io.vexel.collection.indexing;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.Bytes;
import io.vexel.base.DeviceException;
import io.vexel.collection.IndexStatus;
import io.vexel.filesystem.FileSystem;
import io.vexel.index.Cancellation;
import io.vexel.index.Effort;
import io.vexel.index.FullVectors;
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
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;

/** A collection of points that get other rows, most of them with the vectors that they have, and its index. */
abstract class TakeoverFixture {

    static final int POINTS = 3_000;

    private final FileSystem files = ActiveIndexTest.fileSystem();
    final SimulatedClock clock = new SimulatedClock();
    final MemoryBudget budget = new MemoryBudget(Bytes.GIB);
    final Points points = new Points();
    final Indexers indexers = new Indexers(0);
    IndexKeeper keeper;

    /** Points whose rows are written one by one, each write a batch of its own that is durable at once. */
    static final class Points implements FullVectors, AutoCloseable {

        private static final int MOST_ROWS = 40_000;
        private static final int BYTES = ActiveIndexTest.SPEC.rowBytes();

        private final Region vectors = Region.allocate(MemoryBudget.unlimited(), "rows", (long) MOST_ROWS * BYTES);
        private final int[] deaths = new int[MOST_ROWS];
        private final int[] replaced = new int[MOST_ROWS];
        private final Map<Integer, Integer> rows = new HashMap<>();
        int rowCount;
        int liveCount;
        private int version;
        long unreadable = -1;

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

    IndexKeeper open() {
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

    /** Gives the collection an index with some points. */
    void fill(IndexSpec spec) {
        keeper = open();
        keeper.replace(Optional.of(spec));
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

    IndexStatus status() {
        return keeper.status();
    }

    /** What does not change when no vertex comes or goes. */
    record Shape(long rows, long links, long freePlaces) {

        static Shape of(IndexStatus status) {
            return new Shape(status.rows(), status.links(), status.freePlaces());
        }
    }

    Shape shape() {
        return Shape.of(status());
    }

    /** The row of the index that is nearest to a vector, at distance 0, in a state; empty when it has none below the watermark. */
    OptionalLong found(IndexLease lease, IndexedRows.State state, float[] vector) {
        SearchRequest request = SearchRequest.nearest(QueryVector.of(vector), 1).withLive(state::isLive);
        Neighbors found = lease.index()
                .orElseThrow()
                .search(request, new Effort(200, lease.watermark()))
                .neighbors()
                .getFirst();
        return found.size() > 0 && found.distance(0) == 0 ? OptionalLong.of(found.ordinal(0)) : OptionalLong.empty();
    }

    /** Each of some points is found by the index, as its newest row. */
    void requireIndexed(int... some) {
        try (IndexLease lease = keeper.enter(Cancellation.NONE)) {
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

    void work() {
        boolean worked = true;
        while (worked) {
            worked = keeper.step();
        }
    }

    void releaseHog() {
        budget.release("hog", budget.usedByOwner().get("hog"));
    }

    /** The end of a process, after which the index is as it was saved last. */
    void reopen() {
        keeper.discard();
        keeper = open();
        keeper.awaitLoaded();
    }
}
