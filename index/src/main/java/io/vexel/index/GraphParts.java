package io.vexel.index;

import io.vexel.memory.MemoryBudget;

/** What a graph consists of. */
record GraphParts(GraphQuantizer quantizer, VertexStore store, GraphRoots roots, GraphWalk walk, GraphBuilder builder) {

    private static final String OWNER = "graph";

    static GraphParts create(GraphSpec spec, GraphQuantizer quantizer, MemoryBudget budget) {
        GraphLayout layout = new GraphLayout(
                quantizer.codeDimension(),
                spec.rows() == GraphSpec.Rows.FULL,
                spec.codes() == GraphSpec.Codes.FOUR_BITS);
        VertexStore store = new VertexStore(layout, budget, OWNER);
        try {
            GraphRoots roots = new GraphRoots(store, budget, OWNER, spec.seed());
            GraphWalk walk = new GraphWalk(store, roots);
            return new GraphParts(
                    quantizer, store, roots, walk, new GraphBuilder(store, roots, walk, spec.efConstruction()));
        } catch (RuntimeException | Error e) {
            store.close();
            throw e;
        }
    }

    GraphContext newContext(IndexContext context) {
        return new GraphContext(store.layout(), context, OWNER);
    }

    void close() {
        store.close();
        roots.close();
    }
}
