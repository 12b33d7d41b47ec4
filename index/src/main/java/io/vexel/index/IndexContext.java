package io.vexel.index;

import io.vexel.base.Checks;
import io.vexel.base.TimeSource;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import io.vexel.memory.MemoryBudget;

/**
 * What a derived index works with.
 *
 * @param elementType what the rows are stored as; one that the metric allows
 * @param dimension elements of a vector
 * @param budget all its memory comes from here
 * @param vectors the rows it is built from
 */
public record IndexContext(
        Metric metric,
        ElementType elementType,
        int dimension,
        MemoryBudget budget,
        FullVectors vectors,
        TimeSource time) {

    public IndexContext {
        Checks.argument(
                metric.allows(elementType),
                "elementType=" + elementType + ", allowed: another one for metric " + metric.label());
    }

    /** Bytes of a row. */
    int rowBytes() {
        return elementType.rowBytes(dimension);
    }
}
