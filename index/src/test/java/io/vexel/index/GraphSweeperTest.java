package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.distance.Metric;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class GraphSweeperTest {

    private static final int ROWS = 1_000;
    private static final int NEW_ROW = 5_000;
    private static final GraphSpec SPEC = GraphSpec.defaults();

    private static GraphParts filled(ClusteredRows rows) {
        GraphQuantizer quantizer =
                GraphQuantizer.learn(Metric.L2, rows.vectors[0].length, SPEC, Arrays.copyOf(rows.vectors, 100));
        GraphParts.Basis basis = new GraphParts.Basis(SPEC, rows.context(), quantizer);
        return GraphParts.create(basis, basis.wanted());
    }

    private static void insert(GraphParts parts, GraphContext work, ClusteredRows rows, int row) {
        work.target.aim(rows.address(row));
        work.prepare(parts.quantizer(), true);
        parts.store().byOrdinal().ensure(row);
        work.ensureVisited(parts.store().count() + 1);
        parts.builder().insert(work, row);
    }

    /** An insertion has taken a free place and not linked it yet: nobody links to it, as if it had lost its links to the sweep. */
    @Test
    void sweep_besideAnInsertionUnderWay_leavesItsVertexAlone() {
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 24, ROWS, 7)) {
            GraphParts parts = filled(rows);
            VertexStore store = parts.store();
            try (GraphContext work = parts.newContext()) {
                for (int row = 0; row < ROWS; row++) {
                    insert(parts, work, rows, row);
                }
                new GraphSweeper(parts, Runnable::run).sweep(work, row -> row % 4 != 0, Cancellation.NONE);
                assertThat(store.freeCount()).isEqualTo(ROWS / 4);
                int[] taken = {-1};
                int[] pauses = new int[1];
                Consumer<Runnable> betweenInsertions = action -> {
                    action.run();
                    if (++pauses[0] == 2) {
                        taken[0] = store.take();
                        store.setOrdinal(taken[0], NEW_ROW);
                    }
                };
                new GraphSweeper(parts, betweenInsertions).sweep(work, row -> row % 4 != 1, Cancellation.NONE);
                assertThat(store.freeCount()).isEqualTo(ROWS / 2 - 1);
                assertThat(store.ordinal(taken[0])).isEqualTo(NEW_ROW);
                assertThat(store.degree(taken[0])).isZero();
                assertThat(store.inDegree(taken[0])).isZero();
            } finally {
                parts.close();
            }
        }
    }
}
