package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.DeviceException;
import io.vexel.base.TimeSource;
import io.vexel.distance.Metric;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.ReservationFaults;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Insertions that nothing can refuse any more once their vertices are there. */
class GraphBuilderTest {

    private static final int ROWS = 4_200;

    /** More than an insertion that began with none has room to mark: a page has that. */
    private static final int BEFORE = 4_150;

    private static final GraphSpec SPEC = GraphSpec.defaults();

    private static void prepare(GraphParts parts, GraphContext work, ClusteredRows rows, int row) {
        work.target.aim(rows.address(row));
        work.prepare(parts.quantizer(), true);
        parts.store().byOrdinal().ensure(row);
        work.ensureVisited(parts.store().count() + 1);
    }

    /** Others insert so many rows between an insertion's preparation and its walk that it cannot mark them all, and there is no memory to do so. */
    @ParameterizedTest
    @CsvSource({"16, false", "16, true", "300, false", "300, true"})
    void insert_outrunByOthersWithoutMemory_isLinkedAllTheSame(int dimension, boolean pair) {
        ReservationFaults faults = ReservationFaults.ofAll();
        MemoryBudget budget = MemoryBudget.withRefusal(1L << 40, faults);
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, dimension, ROWS, 7)) {
            var context = new IndexContext(rows.metric, rows.elementType, dimension, budget, rows, TimeSource.SYSTEM);
            GraphQuantizer quantizer = GraphQuantizer.learn(rows.metric, dimension, SPEC, rows.vectors);
            GraphParts.Basis basis = new GraphParts.Basis(SPEC, context, quantizer);
            GraphParts parts = GraphParts.create(basis, basis.wanted());
            try (GraphContext others = parts.newContext();
                    GraphContext slow = parts.newContext();
                    GraphContext second = parts.newContext()) {
                parts.store().ensure(ROWS);
                prepare(parts, slow, rows, BEFORE);
                prepare(parts, second, rows, BEFORE + 1);
                for (int row = 0; row < BEFORE; row++) {
                    prepare(parts, others, rows, row);
                    parts.builder().insert(others, row);
                }
                faults.refuseForGood(0);
                if (pair) {
                    assertThat(parts.builder().insertPair(slow, BEFORE, second, BEFORE + 1))
                            .isEqualTo(2);
                } else {
                    parts.builder().insert(slow, BEFORE);
                }
                assertThat(faults.struck()).isPositive();
                faults.heal();
                for (int row = BEFORE + (pair ? 2 : 1); row < ROWS; row++) {
                    prepare(parts, others, rows, row);
                    parts.builder().insert(others, row);
                }
                var graph = new GraphVerifier.Graph(parts.store(), parts.roots(), quantizer);
                assertThat(new GraphVerifier(context, graph, others, RowFilter.ALL)
                                .verify()
                                .findings())
                        .isEmpty();
                assertThat(parts.store().count()).isEqualTo(ROWS);
                for (int row = BEFORE; row < BEFORE + 2; row++) {
                    int vertex = parts.store().byOrdinal().vertex(row);
                    assertThat(parts.store().inDegree(vertex)).isPositive();
                    assertThat(parts.store().degree(vertex)).isPositive();
                }
            } finally {
                parts.close();
            }
        }
        assertThat(budget.usedBytes()).isZero();
    }

    /** Rows of which none can be read any more, once the device is broken. */
    private record Broken(ClusteredRows rows, boolean[] broken) implements FullVectors {

        @Override
        public long address(long ordinal) {
            if (broken[0]) {
                throw new DeviceException(DeviceException.Operation.READ, ordinal, 1, "broken");
            }
            return rows.address(ordinal);
        }

        @Override
        public void read(long ordinal, MemorySegment target) {
            address(ordinal);
            rows.read(ordinal, target);
        }
    }

    /** So nothing but memory is ever refused to an insertion: who inserts several is told of a {@link io.vexel.base.CapacityException} or of none. */
    @Test
    void insertAll_storedRowsThatCannotBeRead_areNotAskedFor() {
        boolean[] broken = new boolean[1];
        try (ClusteredRows rows = new ClusteredRows(Metric.L2, 16, ROWS, 7)) {
            Broken source = new Broken(rows, broken);
            var context = new IndexContext(rows.metric, rows.elementType, 16, rows.budget, source, TimeSource.SYSTEM);
            try (DerivedIndex index = SPEC.create(context, new long[] {0, 100, 4_199})) {
                broken[0] = true;
                long[] ordinals = new long[ROWS];
                long[] addresses = new long[ROWS];
                for (int row = 0; row < ROWS; row++) {
                    ordinals[row] = row;
                    addresses[row] = rows.address(row);
                }
                assertThat(index.insertAll(ordinals, addresses, ROWS)).isEqualTo(ROWS);
                broken[0] = false;
            }
        }
    }
}
