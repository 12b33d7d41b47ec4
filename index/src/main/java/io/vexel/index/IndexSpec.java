package io.vexel.index;

import io.vexel.distance.Metric;
import java.util.Map;

/** Which derived index to make, and with which options. Immutable. */
public sealed interface IndexSpec permits GraphSpec, HnswSpec, LshSpec {

    IndexKind kind();

    /** All options by name, in the form that {@link #parse} reads: what is stored and shown. */
    Map<String, String> options();

    /** Whether the kind can serve a metric. */
    boolean supports(Metric metric);

    /**
     * Makes an empty index that has learnt from a sample how the rows are distributed.
     *
     * @param sample rows, at least one, typical for all
     * @throws IllegalArgumentException when the metric is not supported
     * @throws io.vexel.base.CapacityException when the budget refuses
     */
    DerivedIndex create(IndexContext context, long[] sample);

    /**
     * Loads what was saved. Whatever the bytes are, this ends with an index that is safe to use or with an exception.
     *
     * @throws io.vexel.base.CorruptionException when what was saved is damaged
     * @throws io.vexel.base.CapacityException when the budget refuses
     */
    DerivedIndex load(IndexContext context, DerivedIndex.CheckpointSource source);

    /**
     * The options of a kind.
     *
     * @param kind any but flat
     * @param options by name; what is missing gets its default
     * @throws IllegalArgumentException naming an option or value that is not allowed
     */
    static IndexSpec parse(IndexKind kind, Map<String, String> options) {
        return switch (kind) {
            case GRAPH -> GraphSpec.parse(options);
            case HNSW -> HnswSpec.parse(options);
            case LSH -> LshSpec.parse(options);
            case FLAT -> throw new IllegalArgumentException("kind=flat, allowed: graph, hnsw, lsh");
        };
    }
}
