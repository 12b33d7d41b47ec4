package io.vexel.collection.payload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.collection.FieldIndex;
import io.vexel.collection.FieldPath;
import io.vexel.index.Cancellation;
import io.vexel.index.RowFilter;
import io.vexel.memory.MemoryBudget;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A search by words that reads payloads finds what one finds that has an index, with the same scores. */
class TextScanTest {

    private static final int ROWS = 1_500;
    private static final FieldPath PATH = FieldPath.parse("a.t");
    private static final RowFilter LIVE = row -> row % 7 != 3;

    private final MemoryBudget budget = MemoryBudget.unlimited();
    private final List<String> payloads = new ArrayList<>();
    private int reads;

    private static String text(Random random) {
        return IntStream.range(0, random.nextInt(12))
                .mapToObj(_ -> "w" + (int) (40 * random.nextDouble() * random.nextDouble()))
                .collect(Collectors.joining(", "));
    }

    private static String payload(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> "{\"a\": 3}";
            case 1 -> "{\"a\": {\"t\": [\"" + text(random) + "\", 5, \"" + text(random) + "\"]}, \"t\": \"w1\"}";
            case 2 -> "{\"a\": {\"t\": null}}";
            default -> "{\"x\": \"w1\", \"a\": {\"t\": \"" + text(random) + "\"}}";
        };
    }

    private PayloadIndexes.State state(int rows) {
        return new PayloadIndexes.State(rows, new Deaths(1, row -> !LIVE.accepts(row)), (row, sink) -> {
            if (LIVE.accepts(row) && row % 11 != 5) {
                reads++;
                byte[] json = payloads.get(row).getBytes(StandardCharsets.UTF_8);
                sink.accept(json, 0, json.length);
            }
        });
    }

    private static TextQuery query(String words, int k, Cancellation cancellation) {
        return new TextQuery(PATH, words, k, LIVE, row -> row % 3 != 1, Long::compare, cancellation);
    }

    @ParameterizedTest
    @ValueSource(ints = {1 << 18, 100, 0})
    void search_findsWhatTheIndexFinds(int mostKept) {
        Random random = new Random(mostKept);
        for (int row = 0; row < ROWS; row++) {
            payloads.add(payload(random));
        }
        try (PayloadIndexes indexes = new PayloadIndexes(List.of(new FieldIndex(PATH, FieldIndex.Kind.TEXT)), budget)) {
            for (int attempt = 0; attempt < 25; attempt++) {
                String words = "w" + random.nextInt(40) + " W" + random.nextInt(40) + " w" + random.nextInt(60);
                int rows = 1 + random.nextInt(ROWS);
                TextQuery query = query(words, 1 + random.nextInt(30), Cancellation.NONE);
                TextMatches expected = indexes.search(query, state(rows)).orElseThrow();
                assertThat(expected.payloadsRead()).isZero();
                reads = 0;
                TextMatches found = new TextScan(
                                new Bm25.Query(expected.words(), rows, query),
                                state(rows).source(),
                                mostKept)
                        .search();
                assertThat(found.best().hits())
                        .containsExactlyElementsOf(expected.best().hits().toList());
                assertThat(found.matches()).isEqualTo(expected.matches());
                assertThat(found.words()).isEqualTo(expected.words());
                assertThat(found.payloadsRead()).isEqualTo(reads);
            }
        }
    }

    @Test
    void search_thatIsToEnd_ends() {
        for (int row = 0; row < ROWS; row++) {
            payloads.add("{}");
        }
        TextQuery query = query("w1", 3, () -> {
            if (reads > 1_000) {
                throw new CancellationException("enough");
            }
        });
        TextScan scan = new TextScan(
                new Bm25.Query(List.of("w1"), ROWS, query), state(ROWS).source());
        reads = 1_001;
        assertThatThrownBy(scan::search).hasMessage("enough");
        reads = 0;
        TextScan again = new TextScan(
                new Bm25.Query(List.of("w1"), ROWS, query), state(ROWS).source());
        assertThat(again.search().matches()).isZero();
    }
}
