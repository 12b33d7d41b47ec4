package io.vexel.index;

import io.vexel.base.Checks;
import io.vexel.distance.Metric;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Options of the kind {@code hnsw}, named as in Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using
 * Hierarchical Navigable Small World graphs" (2018).
 *
 * @param m links that a new vertex gets on a level, 2..64; a vertex keeps at most that many, and twice as many on level 0
 * @param efConstruction candidates kept while inserting, 1..4096
 * @param efSearch candidates kept while searching when the search does not say, 1..{@value Effort#MAX_EF}
 * @param maxLevels levels there may be, 1..16
 * @param seed of the levels
 */
public record HnswSpec(int m, int efConstruction, int efSearch, int maxLevels, long seed) implements IndexSpec {

    public static final int MOST_LEVELS = 16;

    static final int LEAST_M = 2;
    static final int MOST_M = 64;
    static final int MOST_EF_CONSTRUCTION = 4096;

    /** M 16, ef_construction 200, ef_search 50, 16 levels. */
    public static final HnswSpec DEFAULT = new HnswSpec(16, 200, 50, MOST_LEVELS, 42);

    public HnswSpec {
        Checks.inRange("m", m, LEAST_M, MOST_M);
        Checks.inRange("ef_construction", efConstruction, 1, MOST_EF_CONSTRUCTION);
        Checks.inRange("ef_search", efSearch, 1, Effort.MAX_EF);
        Checks.inRange("max_levels", maxLevels, 1, MOST_LEVELS);
    }

    /**
     * Reads options {@code m}, {@code ef_construction}, {@code ef_search}, {@code max_levels}, {@code seed}; what is missing gets its
     * default.
     *
     * @throws IllegalArgumentException naming an option or value that is not allowed
     */
    public static HnswSpec parse(Map<String, String> options) {
        SpecOptions read = new SpecOptions(IndexKind.HNSW, options);
        HnswSpec spec = new HnswSpec(
                (int) read.number("m", DEFAULT.m, LEAST_M, MOST_M),
                (int) read.number("ef_construction", DEFAULT.efConstruction, 1, MOST_EF_CONSTRUCTION),
                (int) read.number("ef_search", DEFAULT.efSearch, 1, Effort.MAX_EF),
                (int) read.number("max_levels", DEFAULT.maxLevels, 1, MOST_LEVELS),
                read.number("seed", DEFAULT.seed, Long.MIN_VALUE, Long.MAX_VALUE));
        read.end();
        return spec;
    }

    @Override
    public IndexKind kind() {
        return IndexKind.HNSW;
    }

    @Override
    public Map<String, String> options() {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("m", Integer.toString(m));
        options.put("ef_construction", Integer.toString(efConstruction));
        options.put("ef_search", Integer.toString(efSearch));
        options.put("max_levels", Integer.toString(maxLevels));
        options.put("seed", Long.toString(seed));
        return options;
    }

    @Override
    public boolean supports(Metric metric) {
        return true;
    }

    /** Nothing is learnt: the sample is not used. */
    @Override
    public HnswIndex create(IndexContext context, long[] sample) {
        return new HnswIndex(this, context);
    }

    @Override
    public HnswIndex load(IndexContext context, DerivedIndex.CheckpointSource source) {
        return HnswCheckpoint.load(this, context, source);
    }
}
