package io.vexel.index;

import io.vexel.base.CapacityException;

/** What a graph consists of. Immutable: a graph that is narrowed gets other parts. */
final class GraphParts {

    static final String OWNER = "graph";

    private final Basis basis;
    private final VertexStore store;
    private final GraphRoots roots;
    private final GraphRows rows;
    private final GraphWalk walk;
    private final GraphBuilder builder;
    private final GraphSearcher searcher;

    /** What does not change when a graph is narrowed. */
    record Basis(GraphSpec spec, IndexContext context, GraphQuantizer quantizer) {

        GraphLayout layout(GraphSpec.Rows rows) {
            return new GraphLayout(
                    quantizer.codeDimension(), rows == GraphSpec.Rows.FULL, spec.codes() == GraphSpec.Codes.FOUR_BITS);
        }

        GraphRows wanted() {
            return GraphRows.asWanted(spec.rows(), context.budget().limitBytes());
        }
    }

    private GraphParts(Basis basis, VertexStore store, GraphRoots roots, GraphRows rows) {
        this.basis = basis;
        this.store = store;
        this.roots = roots;
        this.rows = rows;
        walk = new GraphWalk(store, roots);
        builder = new GraphBuilder(store, roots, walk, basis.spec.efConstruction());
        searcher = new GraphSearcher(basis.context, basis.quantizer, store, walk, new CodeScan(store));
    }

    /**
     * An empty graph.
     *
     * @param rows which rows it is to have, and why
     * @throws CapacityException when the budget refuses
     */
    static GraphParts create(Basis basis, GraphRows rows) {
        VertexStore store = new VertexStore(basis.layout(rows.present()), basis.context.budget(), OWNER);
        try {
            GraphRoots roots = new GraphRoots(store, basis.context.budget(), OWNER, basis.spec.seed());
            return new GraphParts(basis, store, roots, rows);
        } catch (RuntimeException | Error e) {
            store.close();
            throw e;
        }
    }

    /**
     * The same graph with small rows, while nobody changes anything. Roots, codes and the map of ordinals are in both.
     *
     * @throws CapacityException when there is no memory for the rows; nothing changes
     */
    GraphParts narrowed() {
        GraphRows reason = store.fitToGrow().narrowed();
        VertexStore small = store.narrowed();
        roots.readFrom(small);
        return new GraphParts(basis, small, roots, reason);
    }

    GraphQuantizer quantizer() {
        return basis.quantizer;
    }

    VertexStore store() {
        return store;
    }

    GraphRoots roots() {
        return roots;
    }

    /** Which rows the store has, and why. */
    GraphRows rows() {
        return rows;
    }

    GraphWalk walk() {
        return walk;
    }

    GraphBuilder builder() {
        return builder;
    }

    GraphSearcher searcher() {
        return searcher;
    }

    /** For this graph, and for the same one with small rows. */
    GraphContext newContext() {
        return new GraphContext(store.layout(), basis.context, OWNER, false);
    }

    void close() {
        store.close();
        roots.close();
    }
}
