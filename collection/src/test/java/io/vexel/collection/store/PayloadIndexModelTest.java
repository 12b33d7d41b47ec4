package io.vexel.collection.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.collection.FieldIndex;
import io.vexel.collection.Filter;
import io.vexel.collection.PayloadIndexStatistics;
import io.vexel.collection.payload.Bounds;
import io.vexel.collection.payload.Deaths;
import io.vexel.collection.payload.PayloadIndexes;
import io.vexel.index.Cancellation;
import io.vexel.memory.MemoryBudget;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random payloads come and go; what the indexes say about random filters is held against a look at every payload. */
class PayloadIndexModelTest {

    private static final List<String> PATHS = List.of("a", "b", "c", "a.a", "a.b", "b.c", "c.a");

    /** Rows that are appended and die, and the indexes over them. */
    private static final class Model {
        final List<Optional<Map<String, Object>>> payloads = new ArrayList<>();
        final List<Integer> deaths = new ArrayList<>();
        final List<FieldIndex> fields = new ArrayList<>();
        final MemoryBudget budget;
        final PayloadIndexes indexes;
        int version;

        Model(Random random, MemoryBudget budget) {
            this.budget = budget;
            for (String path : PATHS) {
                for (FieldIndex.Kind kind : FieldIndex.Kind.values()) {
                    if (random.nextInt(3) > 0) {
                        fields.add(FieldIndex.parse(path + ":" + kind.label()));
                    }
                }
            }
            indexes = new PayloadIndexes(fields, budget);
        }

        boolean isLive(int row) {
            return deaths.get(row) == 0;
        }

        PayloadIndexes.State state() {
            int seen = version;
            return new PayloadIndexes.State(
                    payloads.size(),
                    new Deaths(seen, row -> deaths.get(row) != 0 && deaths.get(row) <= seen),
                    (row, sink) -> {
                        if (isLive(row) && payloads.get(row).isPresent()) {
                            byte[] json = ("xx"
                                            + RandomPayloads.print(
                                                    payloads.get(row).get()))
                                    .getBytes(StandardCharsets.UTF_8);
                            sink.accept(json, 2, json.length - 2);
                        }
                    });
        }

        void append(Random random, int count) {
            int first = payloads.size();
            for (int i = 0; i < count; i++) {
                payloads.add(random.nextInt(5) == 0 ? Optional.empty() : Optional.of(RandomPayloads.object(random, 3)));
                deaths.add(0);
            }
            indexes.append(first, state());
        }

        void kill(Random random, int count) {
            version++;
            for (int i = 0; i < count && !payloads.isEmpty(); i++) {
                int row = random.nextInt(payloads.size());
                deaths.set(row, isLive(row) ? version : deaths.get(row));
            }
        }

        /** Checks the filter; true when the indexes decided it. */
        boolean check(Filter filter) {
            Optional<Bounds> bounds = indexes.evaluate(filter, state(), Cancellation.NONE);
            boolean touched = fields.stream()
                    .filter(field -> field.kind() != FieldIndex.Kind.TEXT)
                    .anyMatch(field -> (" " + filter + " ")
                            .matches(".*[ (]" + field.path() + " .*|.*[ (]" + field.path() + "\\).*"));
            assertThat(bounds.isPresent()).as(filter + " with " + fields).isEqualTo(touched);
            if (bounds.isEmpty()) {
                return false;
            }
            for (int row = 0; row < payloads.size(); row++) {
                if (isLive(row)) {
                    boolean expected =
                            RandomPayloads.fulfils(filter, payloads.get(row).orElse(Map.of()));
                    boolean least = bounds.orElseThrow().lower().contains(row);
                    boolean most = bounds.orElseThrow().upper().contains(row);
                    String what = filter + " over row " + row + " " + payloads.get(row) + " with " + fields;
                    assertThat(
                                    least
                                            ? expected
                                            : !most ? !expected : !bounds.get().isExact())
                            .as(what)
                            .isTrue();
                }
            }
            return bounds.map(Bounds::isExact).orElse(false);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void evaluate_afterRandomBatchesAndDeaths_equalsALookAtEveryPayload(long seed) {
        Random random = new Random(seed);
        Model model = new Model(random, MemoryBudget.unlimited());
        List<Filter> asked = new ArrayList<>();
        int decided = 0;
        for (int step = 0; step < 60; step++) {
            model.append(random, random.nextInt(1 << random.nextInt(7)));
            model.kill(random, random.nextInt(12));
            if (step % 20 == 19) {
                // As a compaction does, which puts the living again.
                model.kill(random, 2 * model.payloads.size());
                model.indexes.prune(model.state().deaths());
            }
            for (int i = 0; i < 5 && !model.payloads.isEmpty(); i++) {
                boolean again = !asked.isEmpty() && random.nextBoolean();
                Filter filter = again
                        ? asked.get(random.nextInt(asked.size()))
                        : RandomFilters.filter(random, 1 + random.nextInt(4));
                asked.add(filter);
                decided += model.check(filter) ? 1 : 0;
            }
        }
        assertThat(decided)
                .as("seed " + seed + ": filters that the indexes decided")
                .isBetween(20, 299);
        assertThat(model.indexes.statistics().rows()).isEqualTo(model.payloads.size());
        assertThat(model.indexes.statistics().segments()).isLessThan(12);
        model.indexes.close();
        assertThat(model.budget.usedBytes()).isZero();
    }

    @Test
    void evaluate_withEveryFieldAsKeyword_decidesEveryFilter() {
        Random random = new Random(77);
        Model model = new Model(random, MemoryBudget.unlimited());
        model.fields.clear();
        List<FieldIndex> all = new ArrayList<>();
        for (String first : List.of("a", "b", "c")) {
            all.add(FieldIndex.parse(first + ":keyword"));
            for (String second : List.of("a", "b", "c")) {
                all.add(FieldIndex.parse(first + "." + second + ":keyword"));
            }
        }
        PayloadIndexes indexes = new PayloadIndexes(all, MemoryBudget.unlimited());
        model.append(random, 500);
        for (int i = 0; i < 200; i++) {
            Filter filter = RandomFilters.filter(random, 4);
            assertThat(indexes.evaluate(filter, model.state(), Cancellation.NONE)
                            .orElseThrow()
                            .isExact())
                    .as(filter.toString())
                    .isTrue();
        }
    }

    @Test
    void evaluate_whenTheBudgetRefuses_givesTheIndexesUpAndTheMemoryBack() {
        Random random = new Random(5);
        Model model = new Model(random, new MemoryBudget(10_000));
        model.append(random, 2_000);
        Filter filter = Filter.parse("a = 1");
        assertThat(model.indexes.evaluate(filter, model.state(), Cancellation.NONE))
                .isEmpty();
        assertThat(model.indexes.statistics())
                .isEqualTo(new PayloadIndexStatistics(PayloadIndexStatistics.Status.DROPPED, 0, 0, 0));
        assertThat(model.budget.usedBytes()).isZero();
        model.append(random, 10);
        assertThat(model.indexes.evaluate(filter, model.state(), Cancellation.NONE))
                .isEmpty();
    }

    @Test
    void evaluate_forAReaderOfAnOlderVersion_doesNotServe() {
        Random random = new Random(6);
        Model model = new Model(random, MemoryBudget.unlimited());
        model.append(random, 100);
        PayloadIndexes.State old = model.state();
        model.kill(random, 50);
        model.append(random, 100);
        Filter filter = Filter.parse("a = 1 OR NOT b = 2");
        assertThat(model.indexes.evaluate(filter, model.state(), Cancellation.NONE))
                .isPresent();
        assertThat(model.indexes.evaluate(filter, old, Cancellation.NONE)).isEmpty();
        assertThat(model.indexes.evaluate(Filter.parse("b = 3"), old, Cancellation.NONE))
                .isEmpty();
    }

    @Test
    void evaluate_cancelledWhileBuilding_keepsNothingHalfAndGoesOnLater() {
        Random random = new Random(7);
        Model model = new Model(random, MemoryBudget.unlimited());
        model.append(random, 3_000);
        int[] asked = new int[1];
        Cancellation second = () -> {
            if (++asked[0] == 2) {
                throw new java.util.concurrent.CancellationException("enough");
            }
        };
        org.assertj.core.api.Assertions.assertThatThrownBy(
                        () -> model.indexes.evaluate(Filter.parse("a = 1"), model.state(), second))
                .hasMessage("enough");
        assertThat(model.indexes.statistics().rows()).isZero();
        model.check(Filter.parse("a = 1 AND c != 2"));
        assertThat(model.indexes.statistics().rows()).isEqualTo(3_000);
    }
}
