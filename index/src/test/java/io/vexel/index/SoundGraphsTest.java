package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.distance.Metric;
import io.vexel.index.SoundGraphs.NotChecked;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Were a graph of some test not sound, the test would fail. */
class SoundGraphsTest {

    @NotChecked("it looks for itself")
    @ParameterizedTest
    @EnumSource(
            value = IndexKind.class,
            names = {"GRAPH", "HNSW"})
    void close_graphInWhichARowStandsTwice_isFound(IndexKind kind) {
        SoundGraphs graphs = new SoundGraphs();
        ClosingWatch.set(graphs::check);
        IndexSpec spec = IndexSpec.parse(kind, Map.of());
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 8, 300, 5)) {
            rows.index(spec).close();
            assertThat(graphs.findings()).isEmpty();
            try (DerivedIndex index = rows.index(spec)) {
                index.insert(7, rows.address(7));
            }
            assertThat(graphs.findings()).isNotEmpty();
        }
    }
}
