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

    /** How far the stored distance of a slot's neighbor is from that of their codes, as a share of this; 0 where that is not looked at. */
    float radiusError(int vertex, int slot);
}
