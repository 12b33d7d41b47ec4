package io.vexel.index;

import static io.vexel.memory.raw.RawMemory.ALL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.Bytes;
import io.vexel.base.CapacityException;
import io.vexel.base.CorruptionException;
import io.vexel.base.DeviceException;
import io.vexel.base.TimeSource;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import io.vexel.memory.MemoryBudget;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows that take over the places of others in hnsw and lsh. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EpochTakeoverTest {

    private static final int DIMENSION = 72;
    private static final int ROWS = 500;
    private static final RowFilter HEIRS = ordinal -> ordinal >= ROWS;

    /** The kinds that this is about. */
    private enum Kind {
        HNSW(new HnswSpec(8, 40, 50, HnswSpec.MOST_LEVELS, 7)),
        LSH(LshSpec.DEFAULT);

        private final IndexSpec spec;

        Kind(IndexSpec spec) {
            this.spec = spec;
        }

        EpochIndex<?> index(VectorRows rows, IndexContext context) {
            long[] sample = IntStream.range(0, ROWS).asLongStream().toArray();
            EpochIndex<?> index = (EpochIndex<?>) spec.create(context, sample);
            rows.insert(index, 0, ROWS);
            return index;
        }

        EpochIndex<?> index(VectorRows rows) {
            return index(rows, rows.context());
        }
    }

    static Stream<Arguments> kindsMetricsAndTypes() {
        return Stream.of(Kind.values())
                .flatMap(kind ->
                        VectorRows.metricsAndTypes().map(each -> Arguments.of(kind, each.get()[0], each.get()[1])));
    }

    private static VectorRows twice(Metric metric) {
        return twice(metric, metric.defaultElementType());
    }

    private static VectorRows twice(Metric metric, ElementType type) {
        return VectorRows.withHeirs(metric, type, DIMENSION, ROWS);
    }

    private static int heir(int row) {
        return VectorRows.heir(row, ROWS);
    }

    private static boolean takeOver(DerivedIndex index, VectorRows rows, int ordinal, int other) {
        return index.takeOver(ordinal, rows.rows.address(ordinal), other);
    }

    /** All bytes of the index but for the ordinals of its rows. */
    private static byte[][] structure(EpochIndex<?> index) {
        List<byte[]> all = new ArrayList<>();
        switch (index) {
            case HnswIndex hnsw -> {
                HnswGraph graph = hnsw.parts().graph();
                int bytes = 16 + 4 + 4 * graph.maxLinks(0);
                for (int place = 0; place < graph.end(); place++) {
                    all.add(bytes(graph.baseRecords.address(place) + 4, bytes - 4));
                }
                for (int upper = 0; upper < graph.uppers.end(); upper++) {
                    all.add(bytes(graph.upperRecords.address(upper), 12 + 4 + 4 * graph.maxLinks(1)));
                }
                HnswEntry.At top = hnsw.parts().entry().get();
                all.add(new byte[] {(byte) top.level(), (byte) top.place(), (byte) (top.place() >>> 8)});
            }
            case LshIndex lsh -> {
                LshRows rows = lsh.parts().rows();
                int bytes = 4 * lsh.parts().tables().size();
                for (int place = 0; place < rows.places.end(); place++) {
                    all.add(bytes(rows.records.address(place) + 4, bytes));
                    all.add(bytes(rows.nextAddress(place, 0), bytes));
                }
            }
        }
        return all.toArray(byte[][]::new);
    }

    private static byte[] bytes(long address, int count) {
        byte[] copy = new byte[count];
        MemorySegment.copy(ALL, address, MemorySegment.ofArray(copy), 0, count);
        return copy;
    }

    /** Which of the rows before {@link #ROWS} a row is or was taken over from. */
    private static int[] origins() {
        int[] origins = IntStream.range(0, 2 * ROWS).toArray();
        IntStream.range(0, ROWS).forEach(row -> origins[heir(row)] = row);
        return origins;
    }

    private static QueryVector queryOf(VectorRows rows, int row) {
        return rows.rows.elementType() == ElementType.BIT
                ? QueryVector.ofBits(bytes(rows.rows.address(row), (DIMENSION + 7) / 8), DIMENSION)
                : QueryVector.of(rows.rows.floats(row, new float[DIMENSION]));
    }

    /** What is found near a row; equally distant rows in the order of those whose places they have. */
    private static List<Neighbors.Hit> search(DerivedIndex index, VectorRows rows, int row) {
        int[] origins = origins();
        SearchRequest request = SearchRequest.nearest(queryOf(rows, row), 10)
                .withTieBreak((a, b) -> Integer.compare(origins[(int) a], origins[(int) b]));
        return index.search(request, Effort.of(40))
                .neighbors()
                .getFirst()
                .hits()
                .toList();
    }

    @ParameterizedTest
    @MethodSource("kindsMetricsAndTypes")
    void takeOver_allRows_changesNothingButTheirNumbers(Kind kind, Metric metric, ElementType type) {
        try (VectorRows rows = twice(metric, type);
                EpochIndex<?> index = kind.index(rows)) {
            byte[][] before = structure(index);
            IndexStatistics statistics = index.statistics();
            List<List<Neighbors.Hit>> found = new ArrayList<>();
            for (int row = 0; row < ROWS; row += 25) {
                found.add(search(index, rows, row));
            }
            assertThat(index.knowsTwins()).isTrue();
            for (int row = 0; row < ROWS; row++) {
                assertThat(index.contains(heir(row))).isFalse();
                assertThat(index.isTwin(rows.rows.address(heir(row)), row)).isTrue();
                assertThat(takeOver(index, rows, heir(row), row)).isTrue();
                assertThat(index.contains(row)).isFalse();
                assertThat(index.contains(heir(row))).isTrue();
            }
            assertThat(structure(index)).isDeepEqualTo(before);
            assertThat(index.statistics()).isEqualTo(statistics);
            assertThat(index.verify(HEIRS).findings()).isEmpty();
            for (int row = 0; row < ROWS; row += 25) {
                List<Neighbors.Hit> expected = found.get(row / 25).stream()
                        .map(hit -> new Neighbors.Hit(heir((int) hit.ordinal()), hit.distance()))
                        .toList();
                assertThat(search(index, rows, row)).isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void takeOver_whatTheIndexCanTellApartOrDoesNotHave_isRefusedAndChangesNothing(Kind kind) {
        try (VectorRows rows = twice(Metric.L2);
                EpochIndex<?> index = kind.index(rows)) {
            float[] other = rows.rows.floats(1, new float[DIMENSION]);
            for (int i = 0; i < DIMENSION; i++) {
                other[i] += 2;
            }
            rows.rows.setFloats(heir(1), other);
            byte[][] before = structure(index);
            assertThat(index.isTwin(rows.rows.address(heir(1)), 1)).isFalse();
            assertThat(takeOver(index, rows, heir(1), 1)).isFalse();
            long unknown = heir(2);
            assertThat(index.isTwin(rows.rows.address(2), unknown)).isFalse();
            assertThat(index.takeOver(2_000_000, rows.rows.address(2), unknown)).isFalse();
            assertThat(index.contains(2_000_000)).isFalse();
            assertThat(takeOver(index, rows, heir(3), 3)).isTrue();
            assertThat(index.isTwin(rows.rows.address(3), 3)).as("it is gone").isFalse();
            assertThat(index.takeOver(4, rows.rows.address(3), 3)).isFalse();
            assertThat(structure(index)).isDeepEqualTo(before);
            assertThat(index.verify(RowFilter.ALL).findings()).isEmpty();
        }
    }

    /** To an hnsw graph another vector is another place; to lsh it is the same one if its hashes are, and distances are those of the new vector. */
    @ParameterizedTest
    @EnumSource(Kind.class)
    void takeOver_vectorThatIsNearlyTheSame_isTakenByLshAndRankedByItself(Kind kind) {
        try (VectorRows rows = twice(Metric.L2);
                EpochIndex<?> index = kind.index(rows)) {
            float[] near = rows.rows.floats(1, new float[DIMENSION]);
            near[0] += 1e-6f;
            rows.rows.setFloats(heir(1), near);
            assertThat(takeOver(index, rows, heir(1), 1)).isEqualTo(kind == Kind.LSH);
            if (kind == Kind.LSH) {
                Neighbors.Hit nearest = search(index, rows, 1).getFirst();
                assertThat(nearest.ordinal()).isEqualTo(heir(1));
                assertThat(nearest.distance()).isPositive();
            }
            assertThat(index.verify(RowFilter.ALL).findings()).isEmpty();
        }
    }

    /** The map of ordinals is what grows; records are not. */
    @ParameterizedTest
    @EnumSource(Kind.class)
    void takeOver_refusedMemoryForTheMap_leavesTheIndexAsItWas(Kind kind) {
        int near = ROWS;
        int far = 17_000;
        AtomicBoolean refusing = new AtomicBoolean();
        MemoryBudget budget = MemoryBudget.withRefusal(Bytes.GIB, (_, _) -> refusing.get());
        try (VectorRows rows = new VectorRows(Metric.L2, DIMENSION, far + 1, 7)) {
            rows.rows.copy(5, near);
            rows.rows.copy(6, far);
            try (EpochIndex<?> index = kind.index(rows, rows.context(budget))) {
                refusing.set(true);
                assertThat(takeOver(index, rows, near, 5)).isTrue();
                byte[][] before = structure(index);
                assertThatThrownBy(() -> takeOver(index, rows, far, 6)).isInstanceOf(CapacityException.class);
                assertThatThrownBy(() -> index.insert(far, rows.rows.address(far)))
                        .isInstanceOf(CapacityException.class);
                assertThat(structure(index)).isDeepEqualTo(before);
                assertThat(index.contains(6)).isTrue();
                assertThat(index.contains(far)).isFalse();
                refusing.set(false);
                assertThat(takeOver(index, rows, far, 6)).isTrue();
                assertThat(index.contains(6)).isFalse();
                assertThat(index.contains(far)).isTrue();
                assertThat(structure(index)).isDeepEqualTo(before);
                assertThat(index.verify(RowFilter.ALL).findings()).isEmpty();
            }
        }
    }

    /** Rows that are nowhere in memory, and of which one cannot be read. */
    private record Unreadable(VectorRows rows, int ordinal) implements FullVectors {

        @Override
        public long address(long asked) {
            return 0;
        }

        @Override
        public void read(long asked, MemorySegment target) {
            if (asked == ordinal) {
                throw new DeviceException(DeviceException.Operation.READ, asked, 1, "injected");
            }
            rows.read(asked, target);
        }
    }

    /** Who has to compare a vector that cannot be read takes no place over; hashes are in the index. */
    @ParameterizedTest
    @EnumSource(Kind.class)
    void takeOver_ofARowThatCannotBeRead_isRefusedWhereItsVectorIsWanted(Kind kind) {
        PageMemory saved = new PageMemory();
        try (VectorRows rows = twice(Metric.L2)) {
            try (EpochIndex<?> index = kind.index(rows)) {
                index.checkpoint(saved);
            }
            var context = new IndexContext(
                    Metric.L2,
                    rows.rows.elementType(),
                    DIMENSION,
                    MemoryBudget.unlimited(),
                    new Unreadable(rows, 7),
                    TimeSource.SYSTEM);
            try (DerivedIndex index = kind.spec.load(context, saved)) {
                assertThat(index.isTwin(rows.rows.address(heir(7)), 7)).isEqualTo(kind == Kind.LSH);
                assertThat(takeOver(index, rows, heir(7), 7)).isEqualTo(kind == Kind.LSH);
                assertThat(takeOver(index, rows, heir(8), 8)).isTrue();
                assertThat(index.contains(7)).isEqualTo(kind == Kind.HNSW);
            }
        }
    }

    /** Only pages of records are written again, and the image has the new rows. */
    @ParameterizedTest
    @EnumSource(Kind.class)
    void checkpoint_afterTakeovers_hasTheNewRows(Kind kind) {
        for (int count : new int[] {1, ROWS}) {
            PageMemory saved = new PageMemory();
            try (VectorRows rows = twice(Metric.L2)) {
                try (EpochIndex<?> index = kind.index(rows)) {
                    index.checkpoint(saved);
                    int all = saved.pagesOfLast;
                    for (int row = 0; row < count; row++) {
                        assertThat(takeOver(index, rows, heir(row), row)).isTrue();
                    }
                    assertThat(index.statistics().changedRows()).isEqualTo(count);
                    index.checkpoint(saved);
                    assertThat(saved.pagesOfLast).isBetween(1, count == 1 ? 2 : all);
                }
                try (DerivedIndex loaded = kind.spec.load(rows.context(), saved)) {
                    for (int row = 0; row < ROWS; row++) {
                        assertThat(loaded.contains(row)).isEqualTo(row >= count);
                        assertThat(loaded.contains(heir(row))).isEqualTo(row < count);
                    }
                    assertThat(loaded.verify(RowFilter.ALL).findings()).isEmpty();
                    for (int row = 0; row < count; row++) {
                        assertThat(loaded.takeOver(row, rows.rows.address(row), heir(row)))
                                .isTrue();
                    }
                    assertThat(loaded.verify(RowFilter.ALL).findings()).isEmpty();
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void load_ofARowThatIsThereTwice_isRefused(Kind kind) {
        PageMemory saved = new PageMemory();
        try (VectorRows rows = twice(Metric.L2)) {
            try (EpochIndex<?> index = kind.index(rows)) {
                index.checkpoint(saved);
            }
            // The first record is that of row 0.
            saved.setInt(0, 0, 1 + 7);
            assertThatThrownBy(() -> kind.spec.load(rows.context(), saved))
                    .isInstanceOf(CorruptionException.class)
                    .hasMessageContaining("ordinal 7");
        }
    }

    /** What a sweep has begun to take out is nobody's place any more, what it has not is; also when it is broken off, saved and loaded. */
    @ParameterizedTest
    @EnumSource(Kind.class)
    void takeOver_besideASweep_isRefusedForWhatLeaves(Kind kind) {
        RowFilter live = ordinal -> ordinal >= ROWS || ordinal % 4 != 0;
        PageMemory saved = new PageMemory();
        try (VectorRows rows = twice(Metric.L2)) {
            try (EpochIndex<?> index = kind.index(rows)) {
                assertThat(takeOver(index, rows, heir(0), 0)).as("before it").isTrue();
                int[] looks = new int[1];
                assertThatThrownBy(() -> index.sweep(live, () -> {
                            looks[0]++;
                            assertThat(index.contains(4)).isFalse();
                            assertThat(index.isTwin(rows.rows.address(4), 4)).isFalse();
                            assertThat(takeOver(index, rows, heir(4), 4)).isFalse();
                            assertThat(takeOver(index, rows, heir(looks[0] * 4 + 1), looks[0] * 4 + 1))
                                    .isTrue();
                            if (looks[0] == 2) {
                                throw new CancellationException();
                            }
                        }))
                        .isInstanceOf(CancellationException.class);
                assertThat(takeOver(index, rows, heir(4), 4)).as("later").isFalse();
                assertThat(index.verify(live).findings()).isEmpty();
                index.checkpoint(saved);
                assertThat(index.sweep(live, Cancellation.NONE).removed()).isEqualTo(ROWS / 4 - 1);
                assertThat(index.contains(heir(0)) && index.contains(heir(5)) && index.contains(heir(9)))
                        .isTrue();
                assertThat(index.contains(5) || index.contains(4) || index.contains(heir(4)))
                        .isFalse();
                assertThat(index.verify(RowFilter.ALL).findings()).isEmpty();
            }
            try (DerivedIndex index = kind.spec.load(rows.context(), saved)) {
                // Hnsw saves its marks; tables of lsh are filled again, with what had left some of them.
                assertThat(takeOver(index, rows, heir(8), 8)).isEqualTo(kind == Kind.LSH);
                assertThat(index.sweep(live, Cancellation.NONE).removed())
                        .isEqualTo(kind == Kind.LSH ? ROWS / 4 - 2 : ROWS / 4 - 1);
                assertThat(index.verify(RowFilter.ALL).findings()).isEmpty();
            }
        }
    }

    /** A row of which the insertion failed has no place that another row could take over. */
    @Test
    void contains_ofARowWhoseInsertionFailed_isFalseUntilItIsInserted() {
        try (VectorRows rows = twice(Metric.L2)) {
            boolean[] failing = new boolean[1];
            FullVectors vectors = new FullVectors() {
                @Override
                public long address(long ordinal) {
                    return 0;
                }

                @Override
                public void read(long ordinal, MemorySegment target) {
                    if (failing[0]) {
                        throw new DeviceException(DeviceException.Operation.READ, ordinal, 1, "injected");
                    }
                    rows.read(ordinal, target);
                }
            };
            var context = new IndexContext(
                    Metric.L2,
                    rows.rows.elementType(),
                    DIMENSION,
                    MemoryBudget.unlimited(),
                    vectors,
                    TimeSource.SYSTEM);
            try (EpochIndex<?> index = Kind.HNSW.index(rows, context)) {
                failing[0] = true;
                assertThatThrownBy(() -> index.insert(heir(1), rows.rows.address(heir(1))))
                        .isInstanceOf(DeviceException.class);
                failing[0] = false;
                assertThat(index.contains(heir(1))).isFalse();
                assertThat(index.verify(RowFilter.ALL).findings()).isEmpty();
                index.insert(heir(1), rows.rows.address(heir(1)));
                assertThat(index.contains(heir(1))).isTrue();
                index.sweep(RowFilter.ALL, Cancellation.NONE);
                assertThat(index.contains(heir(1))).isTrue();
            }
        }
    }

    /** Of two rows that replaced one at the same time, as it seems to two threads, one gets its place. */
    @ParameterizedTest
    @EnumSource(Kind.class)
    void takeOver_ofOneRowByTwoAtOnce_isDoneByOne(Kind kind) throws Exception {
        try (VectorRows rows = new VectorRows(Metric.L2, DIMENSION, 3 * ROWS, 7);
                EpochIndex<?> index = kind.index(rows);
                ExecutorService pool = Executors.newFixedThreadPool(2)) {
            for (int row = 0; row < ROWS; row++) {
                rows.rows.copy(row, ROWS + row);
                rows.rows.copy(row, 2 * ROWS + row);
            }
            CyclicBarrier together = new CyclicBarrier(2);
            List<Future<boolean[]>> both = new ArrayList<>();
            for (int thread = 0; thread < 2; thread++) {
                int own = thread;
                both.add(pool.submit(() -> {
                    boolean[] taken = new boolean[ROWS];
                    for (int row = 0; row < ROWS; row++) {
                        together.await();
                        taken[row] = takeOver(index, rows, (1 + own) * ROWS + row, row);
                    }
                    return taken;
                }));
            }
            boolean[] first = both.getFirst().get();
            boolean[] second = both.getLast().get();
            for (int row = 0; row < ROWS; row++) {
                assertThat(first[row] ^ second[row]).as("row %d", row).isTrue();
                assertThat(index.contains(row)).isFalse();
                assertThat(index.contains(ROWS + row)).isEqualTo(first[row]);
                assertThat(index.contains(2 * ROWS + row)).isEqualTo(second[row]);
            }
            assertThat(index.verify(RowFilter.ALL).findings()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void takeOversInsertionsSweepsAndSearches_atOnce_keepTheIndexSound(Kind kind) throws Exception {
        int rows = Boolean.getBoolean("vexel.deep") ? 100_000 : 8_000;
        try (TakeoverStress stress = new TakeoverStress(kind.spec, MemoryBudget.unlimited(), rows)) {
            stress.run();
        }
    }

    /** Searches beside takeovers find what a twin finds beside which nothing happens, row by row one or the other. */
    @ParameterizedTest
    @EnumSource(Kind.class)
    void search_besideTakeovers_findsWhatATwinFinds(Kind kind) throws Exception {
        int rounds = Boolean.getBoolean("vexel.deep") ? 400 : 20;
        try (VectorRows rows = twice(Metric.L2);
                EpochIndex<?> index = kind.index(rows);
                EpochIndex<?> twin = kind.index(rows);
                ExecutorService pool = Executors.newSingleThreadExecutor()) {
            List<List<Neighbors.Hit>> expected = IntStream.range(0, ROWS)
                    .mapToObj(row -> search(twin, rows, row))
                    .toList();
            int[] origins = origins();
            AtomicBoolean done = new AtomicBoolean();
            Future<?> taking = pool.submit(() -> {
                for (int round = 0; round < rounds; round++) {
                    for (int row = 0; row < ROWS; row++) {
                        boolean back = round % 2 == 1;
                        takenOrFail(index, rows, back ? row : heir(row), back ? heir(row) : row);
                    }
                }
                done.set(true);
            });
            int searched = 0;
            do {
                int row = searched++ % ROWS;
                List<Neighbors.Hit> found = search(index, rows, row).stream()
                        .map(hit -> new Neighbors.Hit(origins[(int) hit.ordinal()], hit.distance()))
                        .toList();
                assertThat(found).isEqualTo(expected.get(row));
            } while (!done.get() && !taking.isDone());
            taking.get();
            assertThat(index.verify(RowFilter.ALL).findings()).isEmpty();
        }
    }

    private static void takenOrFail(DerivedIndex index, VectorRows rows, int ordinal, int other) {
        if (!takeOver(index, rows, ordinal, other)) {
            throw new AssertionError("row " + other + " was not taken over");
        }
    }
}
