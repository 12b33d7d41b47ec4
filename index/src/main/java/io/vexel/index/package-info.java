/**
 * Vector indexes over rows that a {@link io.vexel.index.RowSource} leases out: the flat index scans them all. Derived
 * indexes (graph, hnsw, lsh) are built from rows and answer from few of them. Knows no file
 * system; liveness, payload filters and point ids come through ports. May call {@code distance} and {@code memory}.
 *
 * <p>Invariants: results are ordered by (distance, tie break), a total order, so they depend neither on the number of threads nor
 * on whether queries come alone or in batches. No distance is NaN. Ordinals are dense: 0 to row count - 1.
 */
package io.vexel.index;
