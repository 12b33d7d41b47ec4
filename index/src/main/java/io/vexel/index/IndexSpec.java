package io.vexel.index;

import io.vexel.distance.Metric;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

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
     * Loads what was saved. Whatever the bytes are, this ends with an index that is safe to use or with an exception. No rows of the context are read, so
     * that those may leave memory for the index.
     *
     * @throws io.vexel.base.CorruptionException when what was saved is damaged
     * @throws io.vexel.base.CapacityException when the budget refuses
     */
    DerivedIndex load(IndexContext context, DerivedIndex.CheckpointSource source);

    /** Whether it can be {@linkplain #loadPaged used without being brought into memory}. */
    default boolean isPageable() {
        return false;
    }

    /**
     * Loads what was saved without bringing it into memory: the pages are read when searches come to them. The index is {@linkplain
     * DerivedIndex#isPaged paged}, and whatever the bytes are it is safe to use.
     *
     * @param saved closed with the index, or when this fails
     * @throws io.vexel.base.CorruptionException when it is damaged
     * @throws io.vexel.base.CapacityException when the budget refuses even what searches need
     * @throws UnsupportedOperationException when it is not {@linkplain #isPageable pageable}
     */
    default DerivedIndex loadPaged(IndexContext context, Saved saved) {
        throw new UnsupportedOperationException("kind=" + kind().label() + ", allowed: a pageable one");
    }

    /**
     * What was saved, for an index that is read page by page.
     *
     * @param source gives pages in order, and verifies them
     * @param pages the same, piece by piece
     * @param rowEnd rows from here on cannot be in it
     * @param care what is read before the index is used
     */
    record Saved(DerivedIndex.CheckpointSource source, SavedPages pages, long rowEnd, Care care) {}

    /** What of a paged index is read before it is used. */
    enum Care {
        /** All of it, once: a damaged one is found out at once. */
        CHECKED,
        /**
         * Next to nothing, for the time in which it is brought into memory, which checks it all. Damage shows when a search comes upon it. Its statistics
         * are not known: all places count as rows, and links are not counted.
         */
        AT_SIGHT
    }

    /**
     * Refuses a metric that the kind cannot serve.
     *
     * @throws IllegalArgumentException naming the kinds that can, flat among them
     */
    default void checkSupports(Metric metric) {
        if (!supports(metric)) {
            throw new IllegalArgumentException("kind=" + kind().label() + ", allowed for metric " + metric.label()
                    + ": "
                    + Arrays.stream(IndexKind.values())
                            .filter(other -> other == IndexKind.FLAT
                                    || parse(other, Map.of()).supports(metric))
                            .map(IndexKind::label)
                            .collect(Collectors.joining(", ")));
        }
    }

    /**
     * The options of a kind.
     *
     * @param kind any but flat
     * @param options by name, with words divided by capitals or underscores: {@code efConstruction} is {@code ef_construction}; what is missing gets its
     *     default
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
