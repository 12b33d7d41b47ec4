package io.vexel.index;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import io.vexel.base.CapacityException;
import io.vexel.base.TimeSource;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import io.vexel.memory.MemoryBudget;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * Full rows that make way for small ones are there as long as a search or an insertion uses them, in whatever order the accesses of the threads fall. By the
 * model checker of Lincheck.
 */
class GraphNarrowingLincheckTest {

    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");
    private static final int DIMENSION = 4;
    private static final CapacityException REFUSAL = new CapacityException("memory budget bytes for a test", 0, 0);

    @AfterAll
    static void close() {
        Narrowed.closeLast();
    }

    /** A graph without vertices, which one thread narrows while others use it. */
    public static class Narrowed {

        private static final ClusteredRows ROWS = new ClusteredRows(Metric.L2, DIMENSION, 4, 1);
        private static final GraphSpec SPEC = GraphSpec.defaults();
        private static final GraphQuantizer QUANTIZER = GraphQuantizer.learn(Metric.L2, DIMENSION, SPEC, ROWS.vectors);
        private static Narrowed last;

        private final IndexContext context = new IndexContext(
                Metric.L2, ElementType.FLOAT32, DIMENSION, MemoryBudget.unlimited(), ROWS, TimeSource.SYSTEM);
        private final GraphParts full;
        private final ContextPool contexts;
        private final GraphNarrowing narrowing;

        /** Made by one thread, when nobody uses the one before any more. */
        public Narrowed() {
            closeLast();
            GraphParts.Basis basis = new GraphParts.Basis(SPEC, context, QUANTIZER);
            full = GraphParts.create(basis, basis.wanted());
            contexts = new ContextPool(() -> new GraphContext(full.store().layout(), context, "test", false));
            narrowing = new GraphNarrowing(full, contexts);
            last = this;
        }

        static void closeLast() {
            if (last != null) {
                last.contexts.close();
                last.narrowing.parts().store().close();
                if (last.narrowing.parts() == last.full) {
                    last.full.roots().close();
                } else {
                    last.narrowing.parts().roots().close();
                }
                last = null;
            }
        }

        private static boolean hasRows(GraphParts parts) {
            return parts.store().rows().segment().scope().isAlive();
        }

        @Operation
        public boolean search() {
            GraphContext work = contexts.take();
            try {
                GraphParts parts = narrowing.enter(work);
                boolean there = hasRows(parts);
                return there && hasRows(parts);
            } finally {
                narrowing.leave(work);
                contexts.giveBack(work);
            }
        }

        @Operation
        public boolean insert() {
            narrowing.beginInsertion();
            try {
                GraphParts parts = narrowing.parts();
                boolean there = hasRows(parts);
                return there && narrowing.parts() == parts && hasRows(parts);
            } finally {
                narrowing.endInsertion();
            }
        }

        /** Whether rows are small, now or since before. */
        @Operation
        public boolean narrow() {
            boolean _ = narrowing.narrow(full, REFUSAL);
            return !narrowing.parts().store().layout().fullRows();
        }
    }

    @Test
    void narrowing_besideSearchesAndInsertions_leavesThemTheirRows() {
        new ModelCheckingOptions()
                .iterations(DEEP ? 20 : 2)
                .invocationsPerIteration(DEEP ? 2_000 : 100)
                // What is not looked at here has no place to switch threads at, so that the few that count are come by.
                .addGuarantee(forClasses(GraphParts.class.getName(), VertexStore.class.getName())
                        .allMethods()
                        .treatAsAtomic())
                .addGuarantee(forClasses(ContextPool.class.getName())
                        .methods("take", "giveBack")
                        .treatAsAtomic())
                .loopBound(1_000)
                .threads(2)
                .actorsPerThread(2)
                .actorsBefore(0)
                .actorsAfter(1)
                .minimizeFailedScenario(false)
                .check(Narrowed.class);
    }
}
