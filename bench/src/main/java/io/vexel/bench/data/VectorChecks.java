package io.vexel.bench.data;

import io.vexel.base.ProtocolException;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;

/** What every data set must fulfil, wherever it comes from. */
final class VectorChecks {

    private final String source;

    VectorChecks(String source) {
        this.source = source;
    }

    void checkRows(Vectors vectors) {
        checkRows("base", vectors.base(), vectors.metric());
        checkRows("query", vectors.queries(), vectors.metric());
        int dimension = vectors.base()[0].length;
        if (vectors.queries()[0].length != dimension) {
            throw new ProtocolException(source + ": expected queries of dimension " + dimension
                    + " as the base has, found " + vectors.queries()[0].length);
        }
    }

    private void checkRows(String part, float[][] rows, Metric metric) {
        if (rows.length == 0) {
            throw new ProtocolException(source + ": expected at least one " + part + " row, found none");
        }
        int dimension = rows[0].length;
        if (dimension < 1 || dimension > ElementType.MAX_DIMENSION) {
            throw new ProtocolException(source + ": expected a dimension in 1.." + ElementType.MAX_DIMENSION + " of "
                    + part + " rows, found " + dimension);
        }
        for (int row = 0; row < rows.length; row++) {
            checkRow(part, row, rows[row], metric);
        }
    }

    private void checkRow(String part, int row, float[] components, Metric metric) {
        boolean zero = true;
        for (float component : components) {
            if (!Float.isFinite(component)) {
                throw new ProtocolException(
                        source + ": " + part + " row " + row + ": expected finite numbers, found " + component);
            }
            zero &= component == 0;
        }
        if (zero && metric == Metric.COSINE) {
            throw new ProtocolException(
                    source + ": " + part + " row " + row + ": expected a direction, found a vector of zeros");
        }
    }

    void checkTruth(Vectors vectors, int k) {
        int[][] truth = vectors.truth();
        if (truth.length < vectors.queries().length) {
            throw new ProtocolException(source + ": expected a list of true neighbors for each of "
                    + vectors.queries().length + " queries, found " + truth.length);
        }
        for (int query = 0; query < vectors.queries().length; query++) {
            if (truth[query].length < k) {
                throw new ProtocolException(source + ": expected at least k = " + k + " true neighbors of query "
                        + query + ", found " + truth[query].length);
            }
            for (int id : truth[query]) {
                if (id < 0 || id >= vectors.base().length) {
                    throw new ProtocolException(source + ": expected true neighbors of query " + query + " in 0.."
                            + (vectors.base().length - 1) + ", found " + id);
                }
            }
        }
    }
}
