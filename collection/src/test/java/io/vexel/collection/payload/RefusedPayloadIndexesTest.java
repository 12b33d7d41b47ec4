package io.vexel.collection.payload;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.DeviceException;
import io.vexel.collection.FieldIndex;
import io.vexel.collection.Filter;
import io.vexel.collection.PayloadIndexStatistics.Status;
import io.vexel.index.Cancellation;
import io.vexel.memory.MemoryBudget;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Payload indexes that find no memory, or payloads that cannot be read: nothing stays reserved, and they are there again when that is over. */
class RefusedPayloadIndexesTest {

    private static final FieldIndex KEYWORD = FieldIndex.parse("n:keyword");
    private static final FieldIndex RANGE = FieldIndex.parse("n:range");
    private static final Filter FILTER = Filter.parse("n = 3");
    private static final int ROWS = 2_000;

    private final MemoryBudget budget = new MemoryBudget(64 << 20);
    private int unreadableFrom = Integer.MAX_VALUE;

    private PayloadIndexes.State state(int rows) {
        return new PayloadIndexes.State(rows, new Deaths(0, _ -> false), (row, sink) -> {
            if (row >= unreadableFrom) {
                throw new DeviceException(DeviceException.Operation.READ, row, 1, "injected");
            }
            byte[] json = ("{\"n\": " + row % 10 + "}").getBytes(StandardCharsets.UTF_8);
            sink.accept(json, 0, json.length);
        });
    }

    private static void checkAnswers(PayloadIndexes indexes, PayloadIndexes.State state) {
        assertThat(indexes.evaluate(FILTER, state, Cancellation.NONE)).hasValueSatisfying(bounds -> {
            assertThat(bounds.isExact()).isTrue();
            assertThat(bounds.lower().getCardinality()).isEqualTo(state.rowCount() / 10);
        });
    }

    @Test
    void search_refusedMemoryOnce_findsTheIndexesWhenThereIsSomeAgain() {
        try (PayloadIndexes indexes = new PayloadIndexes(List.of(KEYWORD), budget)) {
            long others = budget.availableBytes() - 1_000;
            budget.reserve("others", others);
            assertThat(indexes.evaluate(FILTER, state(ROWS), Cancellation.NONE)).isEmpty();
            assertThat(indexes.statistics().status()).isEqualTo(Status.DROPPED);
            int read = reads(() -> indexes.evaluate(FILTER, state(ROWS), Cancellation.NONE));
            assertThat(read).as("payloads read while there is no memory").isZero();
            budget.release("others", others);
            checkAnswers(indexes, state(ROWS));
            assertThat(indexes.statistics().status()).isEqualTo(Status.IN_USE);
        }
        assertThat(budget.usedBytes()).isZero();
    }

    /** 1 when the work tried to read a payload. */
    private int reads(Runnable work) {
        unreadableFrom = 0;
        try {
            work.run();
            return 0;
        } catch (DeviceException e) {
            return 1;
        } finally {
            unreadableFrom = Integer.MAX_VALUE;
        }
    }

    @Test
    void addedIndex_whoseLastRowsCannotBeRead_isBuiltByTheNextSearch() {
        try (PayloadIndexes indexes = new PayloadIndexes(List.of(KEYWORD), budget)) {
            checkAnswers(indexes, state(ROWS));
            PayloadIndexes.Addition addition = new PayloadIndexes.Addition(RANGE, _ -> {});
            assertThat(indexes.extend(addition, state(ROWS))).isFalse();
            // A batch comes before the index counts, and its payloads cannot be read any more when it does.
            indexes.append(ROWS, state(ROWS + 500));
            unreadableFrom = ROWS;
            indexes.publish(addition, state(ROWS + 500));
            unreadableFrom = Integer.MAX_VALUE;
            checkAnswers(indexes, state(ROWS + 500));
            assertThat(indexes.evaluate(Filter.parse("n < 3"), state(ROWS + 500), Cancellation.NONE))
                    .hasValueSatisfying(bounds ->
                            assertThat(bounds.lower().getCardinality()).isEqualTo(750));
        }
        assertThat(budget.usedBytes()).isZero();
    }
}
