package io.vexel.index;

/** The vertices of a graph one by one, for who chooses roots or checks the graph. Used by one thread at a time where vertices are not in memory. */
interface VertexView {

    GraphLayout layout();

    /** Places there are, free ones among them; every vertex is below. */
    int count();

    /** The row of the collection that a vertex is, or -1 when the place is free. */
    int ordinal(int vertex);

    int degree(int vertex);

    int inDegree(int vertex);

    int link(int vertex, int slot);

    /** Links of all vertices, as they were counted. */
    long linkCount();

    /** Address of the codes of a vertex, readable until another vertex is asked for. */
    long codes(int vertex);

    /** Address of the row of a vertex, readable until another row is asked for. */
    long row(int vertex);

    /** Whether all vertices are in memory, so that looking at the codes of each neighbor of each vertex is cheap. */
    boolean isInMemory();
}
