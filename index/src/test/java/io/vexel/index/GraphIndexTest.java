package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.distance.Metric;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GraphIndexTest {

    @ParameterizedTest
    @EnumSource(
            value = Metric.class,
            names = {"L2", "COSINE", "DOT", "L1"})
    void search_clusteredRows_findsWhatIsNear(Metric metric) {
        try (ClusteredRows rows = new ClusteredRows(metric, 24, 3_000, 7);
                DerivedIndex index = rows.index(GraphSpec.defaults())) {
            assertThat(index.verify(RowFilter.ALL).findings()).isEmpty();
            assertThat(rows.recall(index, 64)).isGreaterThan(0.95);
        }
    }
}
