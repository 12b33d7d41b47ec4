package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.CorruptionException;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import io.vexel.testkit.ClosingChecks.NotChecked;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Damaged checkpoints are refused, or load as an index that is safe to use and gives right distances. */
class DerivedIndexFuzzTest {

    private static final int ROWS = 200;
    private static final int ROUNDS = 300;

    @NotChecked("they are damaged")
    @ParameterizedTest
    @EnumSource(
            value = IndexKind.class,
            names = {"HNSW", "LSH"})
    void load_ofDamagedPages_isRefusedOrSafe(IndexKind kind) {
        IndexSpec spec = IndexSpec.parse(kind, Map.of());
        int refused = 0;
        try (VectorRows rows = VectorRows.withHeirs(Metric.L2, ElementType.FLOAT32, 8, ROWS);
                DerivedIndex index = spec.create(rows.context(), new long[] {0, 7, 100, 150, 199})) {
            rows.insert(index, 0, ROWS);
            index.sweep(ordinal -> ordinal % 5 != 0, Cancellation.NONE);
            PageStore store = new PageStore();
            index.checkpoint(store);
            for (int seed = 0; seed < ROUNDS; seed++) {
                refused += tryDamaged(spec, rows, store, new Random(seed)) ? 0 : 1;
            }
        }
        assertThat(refused).as("refused of %d", ROUNDS).isBetween(ROUNDS / 10, ROUNDS);
    }

    /** Damages something, loads, and uses what was loaded; mends it again. False when it was refused. */
    private static boolean tryDamaged(IndexSpec spec, VectorRows rows, PageStore store, Random random) {
        byte[] victim = random.nextInt(20) == 0
                ? store.everything().getLast()
                : store.everything().get(random.nextInt(store.everything().size() - 1));
        byte[] good = victim.clone();
        int used = lastUsed(good) + 1;
        for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
            victim[random.nextInt(used)] ^= (byte) (1 << random.nextInt(8));
        }
        try (DerivedIndex loaded = spec.load(rows.context(), store)) {
            use(loaded, rows, random.nextLong());
            return true;
        } catch (CorruptionException _) {
            return false;
        } finally {
            System.arraycopy(good, 0, victim, 0, good.length);
        }
    }

    private static int lastUsed(byte[] page) {
        int last = page.length - 1;
        while (last > 0 && page[last] == 0) {
            last--;
        }
        return last;
    }

    private static void use(DerivedIndex loaded, VectorRows rows, long seed) {
        QueryVector query = rows.vector();
        Neighbors found = loaded.search(SearchRequest.nearest(query, 20), Effort.of(50))
                .neighbors()
                .getFirst();
        assertThat(found.hits())
                .as("seed=%d", seed)
                .allMatch(hit -> hit.distance()
                        == Metric.L2.distance(NaiveSearch.key(Metric.L2, rows.rows, hit.ordinal(), query)));
        assertThat(found.hits().map(Neighbors.Hit::ordinal)).doesNotHaveDuplicates();
        for (int row = 1; row < ROWS; row += 10) {
            takeOver(loaded, rows, row);
        }
        loaded.sweep(ordinal -> ordinal % 2 != 0 || ordinal >= ROWS, Cancellation.NONE);
        for (int row = 0; row < ROWS; row += 2) {
            loaded.insert(row, rows.rows.address(row));
        }
        loaded.search(SearchRequest.nearest(query, 20));
    }

    /** Whether a row is there, and with the vector that it should have, depends on the damage; its heir is there afterwards or not. */
    private static void takeOver(DerivedIndex loaded, VectorRows rows, int row) {
        int heir = VectorRows.heir(row, ROWS);
        boolean taken = loaded.takeOver(heir, rows.rows.address(heir), row);
        assertThat(loaded.contains(heir)).isEqualTo(taken);
        assertThat(taken && loaded.contains(row)).isFalse();
    }
}
