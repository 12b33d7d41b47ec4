package io.vexel.index;

import io.vexel.distance.Metric;

/** Finds the rows nearest to queries. Safe for use by any number of threads. */
public sealed interface VectorIndex permits FlatIndex, DerivedIndex {

    Metric metric();

    /** Elements of a vector. */
    int dimension();

    /**
     * Answers all queries of the request.
     *
     * @throws IllegalArgumentException when a query is not of this index's dimension and element type, or not finite, or has no
     *     direction under the cosine
     */
    SearchResult search(SearchRequest request);
}
