package io.vexel.index;

/**
 * The vertices of a graph as searches read them: in memory, or piece by piece through a cache. A class and not an interface, because as long as a program
 * has loaded one kind only, the JIT calls that one directly.
 */
abstract sealed class Vertices permits VertexStore, PagedVertices {

    abstract GraphLayout layout();

    /** Steps of a walk, each of which looks at a row and its neighbors, that are made between two questions whether to go on. */
    abstract int stepsPerCheck();

    /** Places there are, free ones among them; every vertex is below. */
    abstract int count();

    /**
     * Address of a row, readable until another one is asked for with the same context.
     *
     * @throws io.vexel.base.VexelException when it cannot be read; only where vertices are not in memory, as with everything that takes a context
     */
    abstract long row(GraphContext work, int vertex);

    /** The row of the collection that a vertex is, or -1 when the place is free. */
    abstract int ordinal(GraphContext work, int vertex);

    /** Squared distance of the context's codes from a vertex, in code units. */
    abstract float distance(GraphContext work, int vertex);

    /** As {@link #distance}, of several. */
    abstract void distances(GraphContext work, int[] vertices, int count, float[] distances);

    /** Has the codes of a vertex come near: at once where they are in memory, else together with what is read next. The sum of what was loaded for it. */
    abstract int expectCodes(GraphContext work, int vertex);

    /** As {@link #expectCodes}, with the first bytes of a row. */
    abstract int expectRow(GraphContext work, int vertex);
}
