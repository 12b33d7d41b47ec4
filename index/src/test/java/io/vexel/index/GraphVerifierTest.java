package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.distance.Metric;
import io.vexel.testkit.ClosingChecks.NotChecked;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@NotChecked("they are damaged")
class GraphVerifierTest {

    private static final GraphSpec FULL = GraphSpec.defaults();
    private static final int VERTEX = 7;

    /** What a check finds in an image of which some bits of a byte in the row of {@link #VERTEX} are flipped. */
    private static List<String> findings(int dimension, long offset, int bits) {
        PageMemory saved = new PageMemory();
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, dimension, 600, 3);
                DerivedIndex index = rows.index(FULL)) {
            index.checkpoint(saved);
            GraphLayout layout = new GraphLayout((dimension + 15) & -16, true, false);
            saved.flip(GraphImage.ROWS, (long) VERTEX * layout.rowBytes() + offset, bits);
            try (DerivedIndex loaded = FULL.load(rows.context(), saved)) {
                return loaded.verify(RowFilter.ALL).findings();
            }
        }
    }

    /** Every byte of the signs of slot 3, then of slot 17: they are the even and the odd bytes. */
    @ParameterizedTest
    @CsvSource({"24, 6", "24, 3", "128, 6", "128, 3"})
    void verify_signsFlipped_areFound(int dimension, int first) {
        for (int at = first; at < 4 * ((dimension + 15) & -16); at += 32) {
            assertThat(findings(dimension, at, 1 << at % 7))
                    .as("byte %d", at)
                    .singleElement()
                    .asString()
                    .startsWith("vertex " + VERTEX + ",")
                    .contains("signs of neighbor");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, constant",
        "1, constant",
        "2, constant",
        "3, constant",
        "128, radius",
        "129, radius",
        "130, factor",
        "131, factor"
    })
    void verify_numbersFlipped_areFound(int offset, String name) {
        int dimension = 128;
        for (int bit = 0; bit < 8; bit++) {
            assertThat(findings(dimension, 4 * dimension + 4 * 5 + offset, 1 << bit))
                    .as("bit %d", bit)
                    .singleElement()
                    .asString()
                    .startsWith("vertex " + VERTEX + ",")
                    .contains(name + " of slot 5 is");
        }
    }

    /** Where there is no neighbor there are no signs either, but the constant says so. */
    @Test
    void verify_numberOfAnEmptySlotFlipped_isFound() {
        int dimension = 128;
        PageMemory saved = new PageMemory();
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, dimension, 20, 3);
                DerivedIndex index = rows.index(FULL)) {
            index.checkpoint(saved);
            saved.flip(GraphImage.ROWS, 4 * dimension + 4 * 31 + 3, 0x40);
            try (DerivedIndex loaded = FULL.load(rows.context(), saved)) {
                assertThat(loaded.verify(RowFilter.ALL).findings())
                        .singleElement()
                        .asString()
                        .contains("constant of slot 31 is");
            }
        }
    }
}
