package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.TimeSource;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.raw.RawMemory;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Graphs many of whose rows are equal, or have equal codes. */
class EqualRowsTest {

    private static final GraphSpec FULL = GraphSpec.defaults();
    private static final GraphSpec SMALL = FULL.withRows(GraphSpec.Rows.SMALL);
    private static final GraphSpec PACKED = SMALL.withCodes(GraphSpec.Codes.FOUR_BITS);
    private static final int K = 200;

    /** Some rows, one after the other. */
    private record Given(String name, List<float[]> vectors) {

        @Override
        public String toString() {
            return name;
        }

        int dimension() {
            return vectors.getFirst().length;
        }
    }

    private static float[] gaussian(Random random, int dimension) {
        float[] vector = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            vector[i] = (float) random.nextGaussian();
        }
        return vector;
    }

    private static Given given(String name, int count, IntFunction<float[]> vector) {
        return new Given(
                name,
                Stream.iterate(0, i -> i + 1).limit(count).map(vector::apply).toList());
    }

    /** Copies of one vector behind 3,000 others. */
    private static Given copies(int copies) {
        Random random = new Random(copies);
        float[] one = gaussian(random, 32);
        return given(copies + " copies", 3_000 + copies, i -> i < 3_000 ? gaussian(random, 32) : one);
    }

    /** Copies among the others, from the first one on. */
    private static Given mixed() {
        Random random = new Random(3);
        float[] one = gaussian(random, 32);
        return given("a third are copies", 3_000, _ -> random.nextInt(3) == 0 ? one : gaussian(random, 32));
    }

    private static Given clustered() {
        Random random = new Random(5);
        List<float[]> vectors = new ArrayList<>();
        List<float[]> centers =
                Stream.generate(() -> gaussian(random, 64)).limit(40).toList();
        for (int i = 0; i < 4_000; i++) {
            float[] vector = gaussian(random, 64);
            float[] center = centers.get(random.nextInt(40));
            for (int e = 0; e < vector.length; e++) {
                vector[e] = 0.3f * vector[e] + center[e];
            }
            vectors.add(vector);
        }
        for (int i = 0; i < 160; i++) {
            vectors.add(vectors.get(17 + i / 80));
        }
        return new Given("clusters and 2 x 80 copies", vectors);
    }

    private static Given few(int different) {
        Random random = new Random(different);
        List<float[]> some =
                Stream.generate(() -> gaussian(random, 32)).limit(different).toList();
        return given(different + " different ones", 6_000, _ -> some.get(random.nextInt(different)));
    }

    /** Seven bits tell few places on a line apart. */
    private static Given ofDimension(int dimension) {
        Random random = new Random(dimension);
        return given("dimension " + dimension, 6_000, _ -> gaussian(random, dimension));
    }

    /** Nearly equal ones, which codes hardly tell apart. */
    private static Given nearlyEqual() {
        Random random = new Random(11);
        float[] one = gaussian(random, 32);
        return given("nearly equal", 3_300, i -> {
            float[] vector = i < 3_000 ? gaussian(random, 32) : one.clone();
            vector[i % 32] += i < 3_000 ? 0 : 0.05f * random.nextFloat();
            return vector;
        });
    }

    /** Above 256 elements walks go by estimates. */
    private static Given longOnes() {
        Random random = new Random(7);
        float[] one = gaussian(random, 300);
        return given("300 long copies", 1_300, i -> i < 1_000 ? gaussian(random, 300) : one);
    }

    private static Stream<Given> all() {
        return Stream.of(
                copies(100),
                copies(300),
                copies(1_000),
                mixed(),
                clustered(),
                few(1),
                few(2),
                few(5),
                few(50),
                ofDimension(1),
                ofDimension(2),
                ofDimension(3),
                nearlyEqual(),
                longOnes());
    }

    static Stream<Arguments> allWithSpecs() {
        return all().flatMap(given -> Stream.of(FULL, SMALL, PACKED).map(spec -> Arguments.of(given, spec)));
    }

    static Stream<Arguments> someWithSpecs() {
        return Stream.of(copies(300), mixed(), few(5), ofDimension(1), longOnes())
                .flatMap(given -> Stream.of(FULL, SMALL, PACKED).map(spec -> Arguments.of(given, spec)));
    }

    /** The rows in memory. */
    private static final class Source implements FullVectors, AutoCloseable {

        final Given given;
        final GraphSpec spec;
        final Rows rows;

        Source(Given given, GraphSpec spec) {
            this.given = given;
            this.spec = spec;
            rows = new Rows(ElementType.FLOAT32, given.dimension(), count(), 1024);
            for (int i = 0; i < count(); i++) {
                rows.setFloats(i, given.vectors.get(i));
            }
        }

        int count() {
            return given.vectors.size();
        }

        IndexContext context(MemoryBudget budget) {
            return new IndexContext(Metric.L2, ElementType.FLOAT32, given.dimension(), budget, this, TimeSource.SYSTEM);
        }

        DerivedIndex empty(GraphSpec spec) {
            long[] sample = new long[1_000];
            for (int i = 0; i < sample.length; i++) {
                sample[i] = (long) i * count() / sample.length;
            }
            return spec.create(context(MemoryBudget.unlimited()), sample);
        }

        /** Inserts rows first to end - 1, so many at once. */
        void insert(DerivedIndex index, int first, int end, int atOnce) {
            for (int row = first; row < end; row += atOnce) {
                int count = Math.min(atOnce, end - row);
                long[] ordinals = new long[count];
                long[] addresses = new long[count];
                for (int i = 0; i < count; i++) {
                    ordinals[i] = row + i;
                    addresses[i] = address(row + i);
                }
                assertThat(index.insertAll(ordinals, addresses, count)).isEqualTo(count);
            }
        }

        DerivedIndex index(GraphSpec spec) {
            DerivedIndex index = empty(spec);
            insert(index, 0, count(), 1);
            return index;
        }

        @Override
        public long address(long ordinal) {
            return rows.address(ordinal);
        }

        @Override
        public void read(long ordinal, MemorySegment target) {
            target.copyFrom(RawMemory.ALL.asSlice(address(ordinal), target.byteSize()));
        }

        /** The share of the true k nearest, where equally far ones are as good, of 150 rows. */
        double recall(DerivedIndex index, RowFilter live, int k, int ef) {
            var flat = new FlatIndex(Metric.L2, ElementType.FLOAT32, given.dimension(), rows, TimeSource.SYSTEM);
            long found = 0;
            long wanted = 0;
            for (int row = 0; row < count(); row += count() / 150) {
                var request = SearchRequest.nearest(QueryVector.of(given.vectors.get(row)), k)
                        .withLive(live);
                Neighbors exact = flat.search(request).neighbors().getFirst();
                Neighbors hits =
                        index.search(request, Effort.of(ef)).neighbors().getFirst();
                double farthest = exact.distance(exact.size() - 1);
                found += hits.hits().filter(hit -> hit.distance() <= farthest).count();
                wanted += exact.size();
            }
            return (double) found / wanted;
        }

        @Override
        public void close() {
            rows.close();
        }
    }

    private static void assertSound(DerivedIndex index, RowFilter live) {
        assertThat(index.verify(live).findings()).isEmpty();
        if (index instanceof GraphIndex graph) {
            assertTree(graph.parts());
        }
    }

    /** Every vertex is below the root, once. */
    private static void assertTree(GraphParts parts) {
        VertexStore store = parts.store();
        BitSet reached = new BitSet();
        List<Integer> waiting = new ArrayList<>();
        if (store.count() > store.freeCount()) {
            waiting.add(parts.roots().first());
            reached.set(parts.roots().first());
        }
        while (!waiting.isEmpty()) {
            int vertex = waiting.removeLast();
            assertThat(Integer.bitCount(store.kept(vertex))).isLessThan(GraphLayout.LINKS / 2);
            for (int slot = 0; slot < GraphLayout.LINKS; slot++) {
                if ((store.kept(vertex) >>> slot & 1) != 0) {
                    assertThat(slot).isLessThan(store.degree(vertex));
                    assertThat(reached.get(store.link(vertex, slot))).isFalse();
                    reached.set(store.link(vertex, slot));
                    waiting.add(store.link(vertex, slot));
                }
            }
        }
        assertThat(reached.cardinality()).isEqualTo(store.count() - store.freeCount());
    }

    /** Four bits tell so little apart in few dimensions that more rows are equal by code than are compared. */
    private static void assertFinds(Source rows, DerivedIndex index, RowFilter live) {
        assertFinds(rows, index, live, 0.98);
    }

    private static void assertFinds(Source rows, DerivedIndex index, RowFilter live, double least) {
        if (rows.given.dimension() < 4 && rows.spec == PACKED) {
            return;
        }
        assertThat(rows.recall(index, live, K, 2 * K)).as("of %d", K).isGreaterThan(least);
        assertThat(rows.recall(index, live, 10, 2 * K)).as("of 10").isGreaterThan(0.9);
    }

    @ParameterizedTest
    @MethodSource("allWithSpecs")
    void insert_oneByOne_keepsAllWithinReach(Given given, GraphSpec spec) {
        try (Source rows = new Source(given, spec);
                DerivedIndex index = rows.empty(spec)) {
            for (int row = 0; row < rows.count(); row++) {
                index.insert(row, rows.address(row));
                if (row % 1_000 == 0) {
                    assertSound(index, RowFilter.ALL);
                }
            }
            assertSound(index, RowFilter.ALL);
            assertFinds(rows, index, RowFilter.ALL);
        }
    }

    @ParameterizedTest
    @MethodSource("allWithSpecs")
    void insertAll_byTwoThreads_keepsAllWithinReach(Given given, GraphSpec spec) {
        try (Source rows = new Source(given, spec);
                DerivedIndex index = rows.empty(spec)) {
            int half = rows.count() / 2;
            CompletableFuture<Void> other = CompletableFuture.runAsync(() -> rows.insert(index, 0, half, 16));
            rows.insert(index, half, rows.count(), 7);
            other.join();
            assertSound(index, RowFilter.ALL);
            // Links depend on which rows are inserted at the same time.
            assertFinds(rows, index, RowFilter.ALL, 0.96);
        }
    }

    @ParameterizedTest
    @MethodSource("someWithSpecs")
    void sweep_partsDeadAndInsertedAgain_keepsAllWithinReach(Given given, GraphSpec spec) {
        try (Source rows = new Source(given, spec);
                DerivedIndex index = rows.index(spec)) {
            Random random = new Random(1);
            for (int round = 0; round < 4; round++) {
                BitSet dead = new BitSet();
                double share = 0.3 + 0.2 * round;
                for (int row = 0; row < rows.count(); row++) {
                    dead.set(row, random.nextDouble() < share);
                }
                RowFilter live = ordinal -> !dead.get((int) ordinal);
                assertThat(index.sweep(live, Cancellation.NONE).removed()).isEqualTo(dead.cardinality());
                assertSound(index, live);
                assertFinds(rows, index, live);
                for (int row = dead.nextSetBit(0); row >= 0; row = dead.nextSetBit(row + 1)) {
                    index.insert(row, rows.address(row));
                }
                assertSound(index, RowFilter.ALL);
                assertFinds(rows, index, RowFilter.ALL);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("someWithSpecs")
    void sweep_cancelledAnywhere_losesNothing(Given given, GraphSpec spec) {
        try (Source rows = new Source(given, spec);
                DerivedIndex index = rows.index(spec)) {
            RowFilter live = ordinal -> ordinal > 40 && ordinal % 3 != 0;
            for (int last = 1; last < 4; last++) {
                int[] left = {last};
                Cancellation soon = () -> {
                    if (--left[0] == 0) {
                        throw new java.util.concurrent.CancellationException("enough");
                    }
                };
                try {
                    index.sweep(live, soon);
                } catch (java.util.concurrent.CancellationException _) {
                    assertSound(index, RowFilter.ALL);
                }
            }
            index.sweep(live, Cancellation.NONE);
            assertSound(index, live);
            assertFinds(rows, index, live);
        }
    }

    @ParameterizedTest
    @MethodSource("someWithSpecs")
    void load_savedGraph_keepsAllWithinReach(Given given, GraphSpec spec) {
        PageMemory saved = new PageMemory();
        try (Source rows = new Source(given, spec);
                DerivedIndex index = rows.index(spec)) {
            index.checkpoint(saved);
            try (DerivedIndex loaded = spec.load(rows.context(MemoryBudget.unlimited()), saved)) {
                assertSound(loaded, RowFilter.ALL);
                assertThat(loaded.statistics().changedRows()).isZero();
                assertFinds(rows, loaded, RowFilter.ALL);
            }
            try (DerivedIndex paged = paged(spec, rows, saved)) {
                assertSound(paged, RowFilter.ALL);
                assertFinds(rows, paged, RowFilter.ALL);
            }
        }
    }

    /** Without any kept link, as a program before the tree wrote it, and with kept links anywhere. */
    @ParameterizedTest
    @MethodSource("someWithSpecs")
    void load_withoutATree_makesOne(Given given, GraphSpec spec) {
        Random random = new Random(9);
        try (Source rows = new Source(given, spec);
                DerivedIndex index = rows.index(spec)) {
            for (int damaged = 0; damaged < 3; damaged++) {
                PageMemory saved = new PageMemory();
                index.forgetCheckpoint();
                index.checkpoint(saved);
                GraphLayout layout = ((GraphIndex) index).parts().store().layout();
                for (int vertex = 0; vertex < rows.count(); vertex++) {
                    long at = (long) vertex * layout.rowBytes() + layout.headerOffset() + GraphLayout.KEPT;
                    int kept = damaged == 0 ? 0 : random.nextInt(1 << 20) << random.nextInt(12);
                    saved.setInt(GraphImage.ROWS, at, kept);
                }
                try (DerivedIndex loaded = spec.load(rows.context(MemoryBudget.unlimited()), saved)) {
                    assertThat(loaded.verify(RowFilter.ALL).findings()).isEmpty();
                    loaded.sweep(ordinal -> ordinal % 2 == 0, Cancellation.NONE);
                    assertThat(loaded.verify(ordinal -> ordinal % 2 == 0).findings())
                            .isEmpty();
                    assertFinds(rows, loaded, ordinal -> ordinal % 2 == 0);
                    loaded.checkpoint(saved);
                    try (DerivedIndex again = spec.load(rows.context(MemoryBudget.unlimited()), saved)) {
                        assertThat(again.statistics().changedRows()).isZero();
                        assertThat(again.verify(ordinal -> ordinal % 2 == 0).findings())
                                .isEmpty();
                    }
                }
            }
        }
    }

    private static DerivedIndex paged(GraphSpec spec, Source rows, PageMemory saved) {
        var from = new IndexSpec.Saved(saved, saved.pieces(), rows.count(), IndexSpec.Care.CHECKED);
        return spec.loadPaged(rows.context(MemoryBudget.unlimited()), from);
    }

    /** A damaged row that says that all its links are of the tree would have no slot to give. */
    @Test
    void savedRow_thatKeepsMoreThanAVertexCanHave_isBelievedInPart() {
        assertThat(Integer.bitCount(GraphTree.believed(-1, GraphLayout.LINKS))).isEqualTo(16);
        assertThat(GraphTree.believed(-1, 5)).isEqualTo(0b11111);
        assertThat(GraphTree.believed(0x8000_0001, 31)).isEqualTo(1);
    }
}
