package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.memory.MemoryBudget;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LshTableTest {

    /** So many have all the buckets that the first chunk of them holds. */
    private static final int FULL = 2 * (Records.CHUNK_BYTES / Integer.BYTES);

    private final SplittableRandom random = new SplittableRandom(20_261_128);
    private final int[] hash = new int[1];

    private int insert(LshRows rows, LshTable table, int ordinal) {
        hash[0] = random.nextInt() & Integer.MAX_VALUE;
        int place = rows.add(ordinal, hash);
        table.insert(place);
        return place;
    }

    @Test
    void insert_moreBucketsRefusedForAWhile_findsEntriesAndGetsThemLater() {
        AtomicBoolean refusing = new AtomicBoolean();
        AtomicInteger refusals = new AtomicInteger();
        MemoryBudget budget =
                MemoryBudget.withRefusal(1L << 30, (_, _) -> refusing.get() && refusals.incrementAndGet() > 0);
        EpochPool<EpochPool.Context> searches = new EpochPool<>(() -> {
            throw new AssertionError("there are no searches");
        });
        try (LshRows rows = new LshRows(1, budget, searches);
                LshTable table = new LshTable(rows, 0, budget)) {
            for (int ordinal = 0; ordinal < FULL; ordinal++) {
                insert(rows, table, ordinal);
            }
            long before = table.memoryBytes();
            rows.records.ensure(2L * FULL);
            rows.ensureNexts(2 * FULL);
            refusing.set(true);
            int refused = insert(rows, table, FULL);
            assertThat(refusals).hasValue(1);
            assertThat(table.first(rows.hash(refused, 0))).isNotNegative();
            refusing.set(false);
            // Not asked again for every entry.
            for (int ordinal = FULL + 1; ordinal < FULL + FULL / 5; ordinal++) {
                insert(rows, table, ordinal);
            }
            assertThat(table.memoryBytes()).isEqualTo(before);
            for (int ordinal = FULL + FULL / 5; ordinal < FULL + FULL / 4 + 2; ordinal++) {
                insert(rows, table, ordinal);
            }
            assertThat(table.memoryBytes()).isEqualTo(2 * before);
            Findings findings = new Findings();
            AtomicInteger entries = new AtomicInteger();
            table.check(findings, _ -> entries.incrementAndGet() > 0);
            assertThat(findings.none()).isTrue();
            assertThat(entries).hasValue(FULL + FULL / 4 + 2);
        }
    }
}
