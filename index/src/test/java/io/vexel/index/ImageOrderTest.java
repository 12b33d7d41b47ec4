package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.TimeSource;
import io.vexel.distance.Metric;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.raw.RawMemory;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images of graphs in which neighbors lie together. */
class ImageOrderTest {

    private static final int ROUNDS = Boolean.getBoolean("vexel.deep") ? 200 : 12;

    private static GraphSpec spec(String rows, String codes) {
        return GraphSpec.parse(Map.of("rows", rows, "codes", codes, "efConstruction", "24"));
    }

    private static GraphSpec full() {
        return spec("full", "7bit");
    }

    private static VertexStore store(DerivedIndex index) {
        return ((GraphIndex) index).parts().store();
    }

    private static IndexContext context(ClusteredRows rows, MemoryBudget budget) {
        return new IndexContext(rows.metric, rows.elementType, rows.dimension, budget, rows, TimeSource.SYSTEM);
    }

    private static DerivedIndex paged(GraphSpec spec, IndexContext context, PageMemory saved, SavedPages pieces) {
        return spec.loadPaged(context, new IndexSpec.Saved(saved, pieces, Integer.MAX_VALUE, IndexSpec.Care.CHECKED));
    }

    private static double locality(DerivedIndex index) {
        return index.savedLocality().orElseThrow();
    }

    /**
     * What is to be found of a vertex by whatever name it has.
     *
     * @param neighbors rows of the neighbors, in the order of the slots
     */
    private record Vertex(List<Integer> neighbors, int fillers, int inDegree, List<Byte> codes) {}

    /** A graph by rows, and not by the numbers of vertices. */
    private record Named(Map<Integer, Vertex> vertices, List<Integer> roots, long links) {

        static Named of(DerivedIndex index) {
            GraphParts parts = ((GraphIndex) index).parts();
            VertexStore store = parts.store();
            Map<Integer, Vertex> vertices = new TreeMap<>();
            for (int vertex = 0; vertex < store.count(); vertex++) {
                if (store.ordinal(vertex) >= 0) {
                    vertices.put(store.ordinal(vertex), vertex(store, vertex));
                }
            }
            List<Integer> roots = Arrays.stream(parts.roots().entries())
                    .map(store::ordinal)
                    .boxed()
                    .toList();
            return new Named(vertices, roots, store.linkCount());
        }

        private static Vertex vertex(VertexStore store, int vertex) {
            List<Integer> neighbors = IntStream.range(0, store.degree(vertex))
                    .map(slot -> store.ordinal(store.link(vertex, slot)))
                    .boxed()
                    .toList();
            List<Byte> codes = new ArrayList<>();
            for (int i = 0; i < store.layout().codeBytes(); i++) {
                codes.add(RawMemory.ALL.get(ValueLayout.JAVA_BYTE, store.codes(vertex) + i));
            }
            return new Vertex(neighbors, store.fillers(vertex), store.inDegree(vertex), codes);
        }
    }

    private static void assertSavedAs(DerivedIndex index, GraphSpec spec, ClusteredRows rows, PageMemory saved) {
        try (DerivedIndex loaded = spec.load(rows.context(), saved)) {
            assertThat(Named.of(loaded)).isEqualTo(Named.of(index));
            assertThat(locality(loaded)).isEqualTo(locality(index));
            assertThat(loaded.statistics().freePlaces())
                    .isEqualTo(index.statistics().freePlaces());
        }
    }

    @Test
    void order_ofAGraph_isAPermutationWithFreePlacesLast_andTheSameEachTime() {
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 20, 1_000, 5);
                DerivedIndex index = rows.index(full())) {
            index.sweep(ordinal -> ordinal % 7 != 0, Cancellation.NONE);
            VertexStore store = store(index);
            MemoryBudget budget = MemoryBudget.unlimited();
            try (ImageOrder order = LocalityOrder.of(store, budget).orElseThrow();
                    ImageOrder again = LocalityOrder.of(store, budget).orElseThrow()) {
                BitSet taken = new BitSet();
                int[] vertices = order.vertices();
                int[] verticesAgain = again.vertices();
                int live = 1_000 - store.freeCount();
                for (int position = 0; position < 1_000; position++) {
                    int vertex = vertices[position];
                    taken.set(vertex);
                    assertThat(order.position(vertex)).isEqualTo(position);
                    assertThat(verticesAgain[position]).isEqualTo(vertex);
                    assertThat(store.ordinal(vertex) >= 0).isEqualTo(position < live);
                }
                assertThat(taken.cardinality()).isEqualTo(1_000);
                assertThat(vertices).hasSize(1_000);
                assertThat(order.position(1_234)).as("one that comes later").isEqualTo(1_234);
            }
            assertThat(budget.usedBytes()).isZero();
        }
    }

    /** Pages of 4 KiB that searches touch, in an image by number and in one by locality; the factors are what was counted, less a margin. */
    @ParameterizedTest
    @CsvSource({"100,full,7bit,3.0", "100,small,7bit,4.2", "300,full,7bit,2.8", "100,small,4bit,3.5"})
    void search_pagedImageInOrder_touchesFewerPagesAndFindsTheSame(
            int dimension, String rowKind, String codes, double factor) {
        GraphSpec spec = spec(rowKind, codes);
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, dimension, 5_000, 5);
                DerivedIndex index = rows.index(spec)) {
            PageMemory byNumber = new PageMemory();
            byNumber.roomy = false;
            index.checkpoint(byNumber);
            index.forgetCheckpoint();
            double before = locality(index);
            PageMemory ordered = new PageMemory();
            index.checkpoint(ordered);
            assertThat(locality(index)).isGreaterThan(3 * before);
            assertSavedAs(index, spec, rows, ordered);
            double pagesByNumber = pagesOfASearch(rows, spec, byNumber);
            double pages = pagesOfASearch(rows, spec, ordered);
            assertThat(pagesByNumber / pages).isGreaterThan(factor);
        }
    }

    /** Compares each answer with that of the graph in memory that has the same image. */
    private static double pagesOfASearch(ClusteredRows rows, GraphSpec spec, PageMemory saved) {
        PageMemory.Pieces pieces = saved.pieces();
        long pages = 0;
        try (DerivedIndex twin = spec.load(rows.context(), saved);
                DerivedIndex paged = paged(spec, rows.context(), saved, pieces)) {
            assertThat(locality(paged)).isEqualTo(locality(twin));
            for (float[] query : rows.queries) {
                SearchRequest request = SearchRequest.nearest(QueryVector.of(query), ClusteredRows.K);
                pieces.touched.clear();
                List<Neighbors.Hit> hits = hits(paged, request);
                pages += pieces.touched.size();
                assertThat(hits).hasSize(ClusteredRows.K).isEqualTo(hits(twin, request));
            }
        }
        return (double) pages / rows.queries.length;
    }

    private static List<Neighbors.Hit> hits(DerivedIndex index, SearchRequest request) {
        return index.search(request, Effort.of(20))
                .neighbors()
                .getFirst()
                .hits()
                .toList();
    }

    /** Insertions, deletions and sweeps after an image was put in order, with checkpoints in between, some of which fail: each is what is in memory. */
    @ParameterizedTest
    @CsvSource({"100,full,7bit", "20,small,7bit", "50,small,4bit", "784,full,7bit"})
    void checkpoint_afterOneInOrder_savesWhatIsInMemory(int dimension, String rowKind, String codes) {
        GraphSpec spec = spec(rowKind, codes);
        Random random = new Random(4713);
        int most = dimension > 500 ? 700 : 2_500;
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, dimension, most, 5);
                DerivedIndex index = rows.empty(spec)) {
            BitSet inside = new BitSet();
            for (int row = 0; row < most / 2; row++) {
                index.insert(row, rows.address(row));
                inside.set(row);
            }
            PageMemory saved = new PageMemory();
            index.checkpoint(saved);
            assertSavedAs(index, spec, rows, saved);
            int partial = 0;
            for (int round = 0; round < ROUNDS; round++) {
                change(index, rows, inside, random);
                if (random.nextInt(3) == 0) {
                    failOnce(index, saved, random);
                    change(index, rows, inside, random);
                }
                saved.roomy = random.nextInt(3) > 0;
                index.checkpoint(saved);
                partial += saved.pagesOfLast < saved.pageCount(0) + saved.pageCount(1) ? 1 : 0;
                assertSavedAs(index, spec, rows, saved);
            }
            assertThat(partial).as("checkpoints that did not write every page").isPositive();
            assertThat(index.verify(RowFilter.ALL).findings()).isEmpty();
        }
    }

    private static void change(DerivedIndex index, ClusteredRows rows, BitSet inside, Random random) {
        for (int i = random.nextInt(8) == 0 ? rows.count / 3 : random.nextInt(4); i > 0; i--) {
            int row = random.nextInt(rows.count);
            if (!inside.get(row)) {
                index.insert(row, rows.address(row));
                inside.set(row);
            }
        }
        if (random.nextInt(3) == 0) {
            int every = 5 + random.nextInt(40);
            index.sweep(ordinal -> ordinal % every != 3, Cancellation.NONE);
            for (int row = 3; row < rows.count; row += every) {
                inside.clear(row);
            }
        }
    }

    private static void failOnce(DerivedIndex index, PageMemory saved, Random random) {
        saved.failing = random.nextInt(4);
        try {
            index.checkpoint(saved);
        } catch (io.vexel.base.CorruptionException e) {
            assertThat(e).hasMessage("planned failure");
        }
        saved.failing = Long.MAX_VALUE;
    }

    /** A checkpoint in order that fails anywhere leaves the last one as it was, and the next one is right. */
    @Test
    void checkpoint_inOrderFailsAnywhere_leavesTheLastOne() {
        MemoryBudget budget = MemoryBudget.unlimited();
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 100, 1_000, 5)) {
            PageMemory first = new PageMemory();
            first.roomy = false;
            int pages = 1;
            for (int failing = 0; failing <= pages; failing++) {
                PageMemory saved = new PageMemory();
                saved.roomy = false;
                try (DerivedIndex index = full().create(context(rows, budget), new long[] {0, 500, 999})) {
                    for (int row = 0; row < 1_000; row++) {
                        index.insert(row, rows.address(row));
                    }
                    index.checkpoint(saved);
                    pages = saved.pageCount(0) + saved.pageCount(1);
                    Named named = Named.of(index);
                    long used = budget.usedBytes();
                    index.forgetCheckpoint();
                    saved.roomy = true;
                    saved.failing = failing;
                    assertThatThrownBy(() -> index.checkpoint(saved)).hasMessage("planned failure");
                    assertThat(budget.usedBytes()).isEqualTo(used);
                    try (DerivedIndex loaded = full().load(rows.context(), saved)) {
                        assertThat(Named.of(loaded)).isEqualTo(named);
                    }
                    index.checkpoint(saved);
                    assertThat(budget.usedBytes()).isGreaterThan(used);
                    assertThat(index.statistics().memoryBytes()).isEqualTo(budget.usedBytes());
                    assertSavedAs(index, full(), rows, saved);
                }
                assertThat(budget.usedBytes()).isZero();
            }
            assertThat(pages).isGreaterThan(5);
        }
    }

    @Test
    void checkpoint_noMemoryForAnOrder_isByNumber() {
        MemoryBudget budget = new MemoryBudget(64L << 20);
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 20, 2_000, 5);
                DerivedIndex index = full().create(context(rows, budget), new long[] {0, 500, 999})) {
            for (int row = 0; row < 2_000; row++) {
                index.insert(row, rows.address(row));
            }
            long free = budget.availableBytes();
            budget.reserve("other", free);
            PageMemory saved = new PageMemory();
            index.checkpoint(saved);
            double byNumber = locality(index);
            assertSavedAs(index, full(), rows, saved);
            budget.release("other", free);
            index.forgetCheckpoint();
            index.checkpoint(saved);
            assertThat(locality(index)).isGreaterThan(2 * byNumber);
            assertSavedAs(index, full(), rows, saved);
        }
        assertThat(budget.usedBytes()).isZero();
    }

    /** What is in order already stays as it is, whichever pages are written, in memory and when it was loaded. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void checkpoint_ofAllPagesOfAnImageInOrder_keepsTheOrder(boolean loadedFirst) {
        PageMemory saved = new PageMemory();
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 100, 2_000, 5);
                DerivedIndex made = rows.index(full())) {
            made.checkpoint(saved);
            PageMemory before = saved.copy();
            try (DerivedIndex loaded = full().load(rows.context(), saved)) {
                DerivedIndex index = loadedFirst ? loaded : made;
                index.checkpoint(saved);
                assertThat(saved.pagesOfLast).isZero();
                index.forgetCheckpoint();
                index.checkpoint(saved);
                assertThat(saved.pagesOfLast).isEqualTo(saved.pageCount(0) + saved.pageCount(1));
            }
            GraphLayout layout = new GraphLayout(112, true, false);
            for (int position = 0; position < 2_000; position++) {
                assertThat(saved.row(layout, position)).isEqualTo(before.row(layout, position));
            }
        }
    }

    /** The rows of a narrowed graph are saved where its codes lie. */
    @Test
    void checkpoint_ofAGraphNarrowedAfterOneInOrder_savesWhatIsInMemory() {
        MemoryBudget budget = new MemoryBudget(6L << 20);
        PageMemory saved = new PageMemory();
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 100, 8_000, 3);
                DerivedIndex index = full().create(context(rows, budget), new long[] {0, 100, 1_999})) {
            int row = 0;
            for (; row < 1_500; row++) {
                index.insert(row, rows.address(row));
            }
            index.checkpoint(saved);
            double locality = locality(index);
            for (; !index.isNarrowed(); row++) {
                index.insert(row, rows.address(row));
            }
            saved.roomy = false;
            index.checkpoint(saved);
            try (DerivedIndex wide = full().load(rows.context(), saved)) {
                assertThat(wide.isNarrowed()).isFalse();
                assertThat(Named.of(wide)).isEqualTo(Named.of(index));
                assertThat(wide.verify(RowFilter.ALL).findings()).isEmpty();
            }
            saved.roomy = true;
            index.forgetCheckpoint();
            index.checkpoint(saved);
            assertThat(locality(index)).isGreaterThan(locality / 2);
            try (DerivedIndex wide = full().load(rows.context(), saved)) {
                assertThat(Named.of(wide)).isEqualTo(Named.of(index));
                assertThat(wide.verify(RowFilter.ALL).findings()).isEmpty();
            }
        }
        assertThat(budget.usedBytes()).isZero();
    }
}
