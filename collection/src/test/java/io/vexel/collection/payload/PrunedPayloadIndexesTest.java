package io.vexel.collection.payload;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.collection.FieldIndex;
import io.vexel.collection.FieldPath;
import io.vexel.collection.Filter;
import io.vexel.collection.PayloadIndexStatistics;
import io.vexel.index.Cancellation;
import io.vexel.index.RowFilter;
import io.vexel.memory.MemoryBudget;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.roaringbitmap.RoaringBitmap;

/** Payload indexes from whose segments dead rows are left out. */
class PrunedPayloadIndexesTest {

    private static final List<FieldIndex> FIELDS =
            List.of(FieldIndex.parse("n:range"), FieldIndex.parse("k:keyword"), FieldIndex.parse("t:text"));

    private static PayloadIndexes.State state(int rows, int version, IntPredicate isDead) {
        return new PayloadIndexes.State(rows, new Deaths(version, isDead), (row, sink) -> {
            if (!isDead.test(row)) {
                byte[] json = ("{\"n\":" + row % 1_000 + ",\"k\":\"k" + row % 5 + "\",\"t\":\"word" + row % 7
                                + " all\"}")
                        .getBytes(StandardCharsets.UTF_8);
                sink.accept(json, 0, json.length);
            }
        });
    }

    private static RoaringBitmap matches(PayloadIndexes indexes, String filter, PayloadIndexes.State state) {
        Bounds bounds =
                indexes.evaluate(Filter.parse(filter), state, Cancellation.NONE).orElseThrow();
        assertThat(bounds.isExact()).isTrue();
        RoaringBitmap rows = new RoaringBitmap();
        bounds.lower().forEach((org.roaringbitmap.IntConsumer) row -> {
            if (row < state.rowCount() && !state.deaths().isDead().test(row)) {
                rows.add(row);
            }
        });
        return rows;
    }

    private static RoaringBitmap expected(IntPredicate row, PayloadIndexes.State state) {
        RoaringBitmap rows = new RoaringBitmap();
        for (int i = 0; i < state.rowCount(); i++) {
            if (row.test(i) && !state.deaths().isDead().test(i)) {
                rows.add(i);
            }
        }
        return rows;
    }

    /** Rows of many batches, so that there are segments of many sizes, one of which is full. */
    private static int fill(PayloadIndexes indexes) {
        int rows = 1 << 17;
        matches(indexes, "n = 3", state(rows, 0, _ -> false));
        for (int more : new int[] {9_000, 3_000, 800, 100, 100}) {
            indexes.append(rows, state(rows + more, 0, _ -> false));
            rows += more;
        }
        return rows;
    }

    @Test
    void prune_segmentsOfDeadRows_takeLittleMemoryAndAnswerTheSame() {
        MemoryBudget budget = MemoryBudget.unlimited();
        try (PayloadIndexes indexes = new PayloadIndexes(FIELDS, budget)) {
            int rows = fill(indexes);
            long before = indexes.statistics().bytes();
            int segments = indexes.statistics().segments();
            Random random = new Random(5);
            RoaringBitmap dead = new RoaringBitmap();
            for (int row = 0; row < 1 << 17; row++) {
                if (random.nextInt(20) > 0) {
                    dead.add(row);
                }
            }
            PayloadIndexes.State now = state(rows, 4, dead::contains);
            indexes.prune(now.deaths());
            assertThat(indexes.statistics().segments()).isEqualTo(segments);
            // A twentieth of one segment, all of the others, and four bytes a row for the lengths of texts.
            long most = before * (13_000 + 6_600) / (131_072 + 13_000) + 4 * 131_072 + 60_000;
            assertThat(indexes.statistics().bytes()).isLessThan(most);
            assertThat(budget.usedBytes())
                    .isGreaterThanOrEqualTo(indexes.statistics().bytes());

            assertThat(matches(indexes, "n = 3", now)).isEqualTo(expected(row -> row % 1_000 == 3, now));
            assertThat(matches(indexes, "n < 300", now)).isEqualTo(expected(row -> row % 1_000 < 300, now));
            assertThat(matches(indexes, "k = \"k2\"", now)).isEqualTo(expected(row -> row % 5 == 2, now));
            assertThat(indexes.evaluate(Filter.parse("n = 3"), state(rows, 3, _ -> false), Cancellation.NONE))
                    .as("a state in which these were alive")
                    .isEmpty();

            assertThat(search(indexes, now)).isEqualTo(searchAnew(now));

            long once = indexes.statistics().bytes();
            indexes.prune(now.deaths());
            assertThat(indexes.statistics().bytes()).as("nothing new is dead").isEqualTo(once);

            // All of the large segment, and what comes later is added to what there is.
            PayloadIndexes.State later = state(rows + 50, 5, row -> row < 1 << 17);
            indexes.append(rows, later);
            indexes.prune(later.deaths());
            assertThat(indexes.statistics().bytes()).isLessThan(before * 13_050 / 131_072 + 20_000);
            assertThat(matches(indexes, "k = \"k2\"", later)).isEqualTo(expected(row -> row % 5 == 2, later));
            assertThat(search(indexes, later)).isEqualTo(searchAnew(later));
        }
        assertThat(budget.usedBytes()).isZero();
    }

    /** Rows and scores. */
    private static List<String> search(PayloadIndexes indexes, PayloadIndexes.State state) {
        RowFilter live = row -> !state.deaths().isDead().test((int) row);
        TextMatches found = indexes.search(
                        new TextQuery(
                                FieldPath.parse("t"),
                                "word3 word5 all",
                                200,
                                live,
                                RowFilter.ALL,
                                Long::compare,
                                Cancellation.NONE),
                        state)
                .orElseThrow();
        List<String> best = new ArrayList<>();
        for (int i = 0; i < found.best().size(); i++) {
            best.add(found.best().ordinal(i) + " " + found.best().distance(i));
        }
        assertThat(best).hasSize(200);
        return best;
    }

    private static List<String> searchAnew(PayloadIndexes.State state) {
        try (PayloadIndexes fresh = new PayloadIndexes(FIELDS, MemoryBudget.unlimited())) {
            return search(fresh, state);
        }
    }

    @Test
    void prune_fewDeadRows_changesNothing() {
        try (PayloadIndexes indexes = new PayloadIndexes(FIELDS, MemoryBudget.unlimited())) {
            int rows = fill(indexes);
            long before = indexes.statistics().bytes();
            indexes.prune(new Deaths(4, row -> row < 50_000));
            assertThat(indexes.statistics().bytes()).isEqualTo(before);
            PayloadIndexes.State old = state(rows, 0, _ -> false);
            assertThat(matches(indexes, "n = 3", old)).isEqualTo(expected(row -> row % 1_000 == 3, old));
        }
    }

    /** A value that most rows have takes some bytes for a run of rows, and kilobytes when every second of them is dead. */
    @Test
    void prune_segmentThatWouldTakeMoreMemory_staysAsItIs() {
        MemoryBudget budget = new MemoryBudget(1L << 30);
        int rows = 1 << 17;
        PayloadIndexes.State old = same(rows, 0, _ -> false);
        try (PayloadIndexes indexes = new PayloadIndexes(List.of(FieldIndex.parse("k:keyword")), budget)) {
            assertThat(matches(indexes, "k = \"a\"", old).getCardinality()).isEqualTo(rows);
            long before = indexes.statistics().bytes();
            budget.reserve("others", budget.availableBytes());
            PayloadIndexes.State now = same(rows, 4, row -> row % 2 == 0);
            indexes.prune(now.deaths());
            assertThat(indexes.statistics().status()).isEqualTo(PayloadIndexStatistics.Status.IN_USE);
            assertThat(indexes.statistics().bytes()).isLessThanOrEqualTo(before);
            assertThat(matches(indexes, "k = \"a\"", now).getCardinality()).isEqualTo(rows / 2);
            budget.release("others", budget.usedByOwner().get("others"));
        }
        assertThat(budget.usedBytes()).isZero();
    }

    private static PayloadIndexes.State same(int rows, int version, IntPredicate isDead) {
        byte[] json = "{\"k\":\"a\"}".getBytes(StandardCharsets.UTF_8);
        return new PayloadIndexes.State(rows, new Deaths(version, isDead), (row, sink) -> {
            if (!isDead.test(row)) {
                sink.accept(json, 0, json.length);
            }
        });
    }
}
