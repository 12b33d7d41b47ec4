package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.distance.Metric;
import io.vexel.testkit.ClosingChecks.NotChecked;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Were an index of some test not sound, the test would fail. */
class SoundIndexesTest {

    @NotChecked("it looks for itself")
    @ParameterizedTest
    @EnumSource(
            value = IndexKind.class,
            names = {"GRAPH", "HNSW", "LSH"})
    void close_indexInWhichARowStandsTwice_isFound(IndexKind kind) {
        SoundIndexes checks = new SoundIndexes();
        checks.watch();
        IndexSpec spec = IndexSpec.parse(kind, Map.of());
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 8, 300, 5)) {
            rows.index(spec).close();
            assertThat(checks.findings()).isEmpty();
            try (DerivedIndex index = rows.index(spec)) {
                index.insert(7, rows.address(7));
            }
            assertThat(checks.findings()).isNotEmpty();
        }
    }
}
