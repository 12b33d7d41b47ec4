package io.vexel.index;

import io.vexel.base.Checks;
import io.vexel.distance.Metric;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Options of the kind {@code lsh}. The metric decides the family of functions: random projections for cosine and dot, p-stable ones for
 * l2 (Gaussian) and l1 (Cauchy), sampled bits for hamming, MinHash for jaccard.
 *
 * @param tables hash tables, 1..64
 * @param functions functions whose values together are the hash of a table, 1..32
 * @param probeRadius most functions of a table whose values a search changes to look into further buckets, 0..3
 * @param seed of the functions
 */
public record LshSpec(int tables, int functions, int probeRadius, long seed) implements IndexSpec {

    static final int MOST_TABLES = 64;
    static final int MOST_FUNCTIONS = 32;
    static final int MOST_PROBE_RADIUS = 3;

    /** 8 tables of 16 functions, radius 2. */
    public static final LshSpec DEFAULT = new LshSpec(8, 16, 2, 42);

    public LshSpec {
        Checks.inRange("tables", tables, 1, MOST_TABLES);
        Checks.inRange("functions", functions, 1, MOST_FUNCTIONS);
        Checks.inRange("probe_radius", probeRadius, 0, MOST_PROBE_RADIUS);
    }

    /**
     * Reads options {@code tables}, {@code functions}, {@code probe_radius}, {@code seed}; what is missing gets its default.
     *
     * @throws IllegalArgumentException naming an option or value that is not allowed
     */
    public static LshSpec parse(Map<String, String> options) {
        SpecOptions read = new SpecOptions(IndexKind.LSH, options);
        LshSpec spec = new LshSpec(
                (int) read.number("tables", DEFAULT.tables, 1, MOST_TABLES),
                (int) read.number("functions", DEFAULT.functions, 1, MOST_FUNCTIONS),
                (int) read.number("probe_radius", DEFAULT.probeRadius, 0, MOST_PROBE_RADIUS),
                read.number("seed", DEFAULT.seed, Long.MIN_VALUE, Long.MAX_VALUE));
        read.end();
        return spec;
    }

    /** Functions of all tables. */
    int allFunctions() {
        return tables * functions;
    }

    @Override
    public IndexKind kind() {
        return IndexKind.LSH;
    }

    @Override
    public Map<String, String> options() {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("tables", Integer.toString(tables));
        options.put("functions", Integer.toString(functions));
        options.put("probe_radius", Integer.toString(probeRadius));
        options.put("seed", Long.toString(seed));
        return options;
    }

    @Override
    public boolean supports(Metric metric) {
        return true;
    }

    /** Learns the width of the buckets, or for dot the largest norm, from the sample. */
    @Override
    public LshIndex create(IndexContext context, long[] sample) {
        return new LshIndex(this, context, LshScale.learn(context, sample));
    }

    @Override
    public LshIndex load(IndexContext context, DerivedIndex.CheckpointSource source) {
        return LshCheckpoint.load(this, context, source);
    }
}
