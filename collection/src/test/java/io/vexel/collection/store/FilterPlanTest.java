package io.vexel.collection.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.TimeSource;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Filter;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.device.MemoryDevice;
import io.vexel.distance.Metric;
import io.vexel.filesystem.FileSystem;
import io.vexel.filesystem.FormatOptions;
import io.vexel.filesystem.Mkfs;
import io.vexel.filesystem.MountOptions;
import io.vexel.index.Cancellation;
import io.vexel.index.OrdinalSet;
import io.vexel.index.RowFilter;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.slab.SlabOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What plans say about filters, against a look at every payload. */
class FilterPlanTest {

    private static final int ROWS = 20_000;

    private final MemoryBudget budget = MemoryBudget.unlimited();
    private FileSystem files;
    private CollectionCatalog catalog;
    private CollectionStore store;

    @BeforeEach
    void fill() {
        MemoryDevice device = MemoryDevice.create(64 << 20, budget);
        Mkfs.format(device, FormatOptions.defaults());
        files = FileSystem.open(device, new MountOptions(false, budget, TimeSource.SYSTEM));
        catalog = new CollectionCatalog(
                files, budget, TimeSource.SYSTEM, new CatalogOptions(0, Long.MAX_VALUE, SlabOptions.standard()));
        store = catalog.create(CollectionSpec.builder("c")
                .dimension(1)
                .metric(Metric.L2)
                .keywordIndex("color")
                .rangeIndex("price")
                .build());
        Random random = new Random(8);
        List<Point> points = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            points.add(Point.of(PointId.of(i), VectorData.of(i))
                    .withPayload("{\"color\": \"c" + random.nextInt(10) + "\", \"price\": " + random.nextInt(1_000)
                            + ", \"note\": " + random.nextInt(4) + "}"));
        }
        store.await(store.upsert(points));
    }

    @AfterEach
    void close() {
        catalog.close();
        files.close();
    }

    private static long count(ReadView view, Filter filter) {
        PayloadFilter payloads = view.payloadFilter(filter);
        long count = 0;
        for (int row = 0; row < view.snapshot().rowCount(); row++) {
            count += view.isLive(row) && payloads.accepts(row) ? 1 : 0;
        }
        return count;
    }

    private static void check(ReadView view, String text, boolean decided) {
        Filter filter = Filter.parse(text);
        FilterPlan plan = view.plan(filter, Cancellation.NONE);
        PayloadFilter payloads = view.payloadFilter(filter);
        assertThat(plan.isExact()).as(text).isEqualTo(decided);
        for (int row = 0; row < view.snapshot().rowCount(); row++) {
            if (view.isLive(row)) {
                assertThat(plan.rows().accepts(row)).as(text + " row " + row).isEqualTo(payloads.accepts(row));
            }
        }
        assertThat(plan.payloadsChecked() == 0).isEqualTo(decided);
        long checked = plan.payloadsChecked();
        for (int row = 0; row < view.snapshot().rowCount(); row++) {
            boolean possible = plan.possible().accepts(row);
            boolean mayBe = possible || !view.isLive(row) || !payloads.accepts(row);
            assertThat(mayBe).as(text + " row " + row).isTrue();
        }
        assertThat(plan.payloadsChecked()).as("what is possible is known").isEqualTo(checked);
        for (int row = view.snapshot().rowCount() - 1; row >= 0; row -= 7) {
            if (view.isLive(row)) {
                assertThat(plan.scatteredRows().accepts(row)).isEqualTo(payloads.accepts(row));
            }
        }
        assertThat(plan.payloadsChecked() > checked).as("they count together").isEqualTo(!decided);
        OrdinalSet candidates = plan.candidates().orElseThrow();
        int[] ordinals = new int[ROWS];
        int read = candidates.read(0, Integer.MAX_VALUE, ordinals);
        assertThat((long) read).isEqualTo(candidates.size());
        assertThat(candidates.read(ordinals[read / 2], ordinals[read / 2] + 1, ordinals))
                .isOne();
    }

    private static FilterPlan.Estimate estimate(ReadView view, String text) {
        return view.plan(Filter.parse(text), Cancellation.NONE).estimate();
    }

    @Test
    void rows_acceptWhatPayloadsSay() {
        try (ReadView view = store.view()) {
            check(view, "color = \"c3\"", true);
            check(view, "color IN (\"c1\", \"c2\") AND NOT price < 500.5", true);
            check(view, "color = \"c3\" AND note = 2", false);
            check(view, "price >= 990 AND (note = 2 OR note = 3) AND color != \"c1\"", false);
            check(view, "color = \"c3\" OR note = 2", false);
        }
    }

    @Test
    void possible_isAllWhereIndexesRuleNothingOut() {
        try (ReadView view = store.view()) {
            for (String text : List.of("note = 2", "color = \"c3\" OR note = 2")) {
                assertThat(view.plan(Filter.parse(text), Cancellation.NONE).possible())
                        .isSameAs(RowFilter.ALL);
            }
            RowFilter some = view.plan(Filter.parse("color = \"c3\" AND note = 2"), Cancellation.NONE)
                    .possible();
            long count = IntStream.range(0, ROWS).filter(some::accepts).count();
            assertThat(count).isEqualTo(count(view, Filter.parse("color = \"c3\"")));
        }
    }

    @Test
    void estimate_ofDecidedFilters_isExact() {
        try (ReadView view = store.view()) {
            for (String text : List.of("color = \"c3\"", "price < 10 OR color = \"c1\"", "NOT EXISTS color")) {
                assertThat(estimate(view, text))
                        .isEqualTo(new FilterPlan.Estimate(count(view, Filter.parse(text)), true));
            }
        }
    }

    @Test
    void estimate_afterDeaths_countsTheLiving() {
        List<PointId> gone = new ArrayList<>();
        for (int i = 0; i < ROWS; i += 3) {
            gone.add(PointId.of(i));
        }
        store.await(store.delete(gone));
        try (ReadView view = store.view()) {
            for (String text : List.of("color = \"c3\"", "color != \"c3\"")) {
                assertThat(estimate(view, text))
                        .isEqualTo(new FilterPlan.Estimate(count(view, Filter.parse(text)), true));
            }
        }
    }

    @Test
    void estimate_ofUndecidedFilters_liesNearTheTruthAndWithinTheBounds() {
        try (ReadView view = store.view()) {
            for (String text : List.of(
                    "note = 2", "color = \"c3\" AND note = 2", "color = \"c3\" OR note = 2", "note < 0", "note >= 0")) {
                long truth = count(view, Filter.parse(text));
                FilterPlan.Estimate estimate = estimate(view, text);
                assertThat(estimate.exact()).isFalse();
                // Four standard deviations of a sample of 1,000.
                assertThat((double) estimate.matches()).as(text).isBetween(truth - 0.064 * ROWS, truth + 0.064 * ROWS);
            }
            // Few are open: each is looked at.
            assertThat(estimate(view, "price < 20 AND note = 2"))
                    .isEqualTo(new FilterPlan.Estimate(count(view, Filter.parse("price < 20 AND note = 2")), true));
        }
    }

    @Test
    void estimate_again_servesTheSampleUntilTheRowsAreOthers() {
        String text = "note = 2";
        FilterPlan.Estimate first;
        try (ReadView view = store.view()) {
            first = estimate(view, text);
            assertThat(estimate(view, text)).isEqualTo(first);
        }
        List<Point> more = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            more.add(Point.of(PointId.of(ROWS + i), VectorData.of(i)).withPayload("{\"note\": 9}"));
        }
        store.await(store.upsert(more));
        try (ReadView view = store.view()) {
            assertThat((double) estimate(view, text).matches())
                    .isBetween(first.matches() - 0.128 * ROWS, first.matches() + 0.128 * ROWS);
        }
    }

    @Test
    void plan_ofFieldsWithoutIndex_buildsNone() {
        try (ReadView view = store.view()) {
            assertThat(view.plan(Filter.parse("note = 2"), Cancellation.NONE).candidates())
                    .isEmpty();
            assertThat(store.payloadIndexStatistics().rows()).isZero();
            view.plan(Filter.parse("note = 2 OR EXISTS price"), Cancellation.NONE);
            assertThat(store.payloadIndexStatistics().rows()).isEqualTo(ROWS);
        }
    }

    @Test
    void plan_forAReaderWhoseStateIsOld_countsItsOwnRows() {
        try (ReadView old = store.view()) {
            store.await(store.upsert(List.of(
                    Point.of(PointId.of(ROWS), VectorData.of(1)).withPayload("{\"color\": \"c3\"}"),
                    Point.of(PointId.of(ROWS + 1), VectorData.of(1)))));
            long before = count(old, Filter.parse("color = \"c3\""));
            try (ReadView now = store.view()) {
                assertThat(estimate(now, "color = \"c3\"").matches()).isEqualTo(before + 1);
                assertThat(estimate(now, "color != \"c3\"").matches()).isEqualTo(ROWS + 1 - before);
            }
            assertThat(estimate(old, "color = \"c3\"").matches()).isEqualTo(before);
            assertThat(old.plan(Filter.parse("color = \"c3\""), Cancellation.NONE)
                            .candidates()
                            .orElseThrow()
                            .size())
                    .isEqualTo(before);
        }
    }
}
