package io.vexel.index;

import io.vexel.base.Checks;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Options of a {@link GraphIndex}.
 *
 * @param rows what lies beside a vertex
 * @param codes what vertices are compared by; four bits with small rows only
 * @param efConstruction candidates kept while a row is inserted, 8..4096; more makes a better graph and takes longer
 * @param seed of the random rotation and the sample of roots
 */
public record GraphSpec(Rows rows, Codes codes, int efConstruction, long seed) implements IndexSpec {

    /** What lies beside a vertex. */
    public enum Rows {
        /** Links and neighbor codes, which save most comparisons: about 7.5 bytes a dimension and 450 more. */
        FULL,
        /** Links only: slower, about 1 byte a dimension and 190 more. */
        SMALL;

        /** The word for it in options. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What vertices are compared by. */
    public enum Codes {
        /** A byte an element. */
        SEVEN_BITS("7bit"),
        /** Half a byte an element: much less memory where vectors are long, and as good a walk from 15 candidates on. */
        FOUR_BITS("4bit");

        private final String label;

        Codes(String label) {
            this.label = label;
        }
    }

    private static final int LEAST_EF_CONSTRUCTION = 8;
    private static final int MOST_EF_CONSTRUCTION = 4096;
    private static final GraphSpec DEFAULTS = new GraphSpec(Rows.FULL, Codes.SEVEN_BITS, 100, 1);

    public GraphSpec {
        Checks.inRange("efConstruction", efConstruction, LEAST_EF_CONSTRUCTION, MOST_EF_CONSTRUCTION);
        Checks.argument(
                rows == Rows.SMALL || codes == Codes.SEVEN_BITS,
                "codes=" + codes.label + ", allowed with rows=" + rows.label() + ": " + Codes.SEVEN_BITS.label);
    }

    /** Full rows, seven bits, efConstruction 100. */
    public static GraphSpec defaults() {
        return DEFAULTS;
    }

    public GraphSpec withRows(Rows newRows) {
        return new GraphSpec(newRows, codes, efConstruction, seed);
    }

    public GraphSpec withCodes(Codes newCodes) {
        return new GraphSpec(rows, newCodes, efConstruction, seed);
    }

    public GraphSpec withEfConstruction(int newEfConstruction) {
        return new GraphSpec(rows, codes, newEfConstruction, seed);
    }

    @Override
    public IndexKind kind() {
        return IndexKind.GRAPH;
    }

    @Override
    public Map<String, String> options() {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("rows", rows.label());
        options.put("codes", codes.label);
        options.put("efConstruction", Integer.toString(efConstruction));
        options.put("seed", Long.toString(seed));
        return options;
    }

    /**
     * Reads options {@code rows}, {@code codes}, {@code efConstruction}, {@code seed}; what is missing gets its default.
     *
     * @throws IllegalArgumentException naming an option or value that is not allowed
     */
    public static GraphSpec parse(Map<String, String> options) {
        SpecOptions read = new SpecOptions(IndexKind.GRAPH, options);
        GraphSpec spec = new GraphSpec(
                parseRows(read.text("rows", DEFAULTS.rows.label())),
                parseCodes(read.text("codes", DEFAULTS.codes.label)),
                (int) read.number(
                        "efConstruction", DEFAULTS.efConstruction, LEAST_EF_CONSTRUCTION, MOST_EF_CONSTRUCTION),
                read.number("seed", DEFAULTS.seed, Long.MIN_VALUE, Long.MAX_VALUE));
        read.end();
        return spec;
    }

    private static Rows parseRows(String value) {
        for (Rows rows : Rows.values()) {
            if (rows.label().equals(value)) {
                return rows;
            }
        }
        throw new IllegalArgumentException("rows=" + value + ", allowed: full, small");
    }

    private static Codes parseCodes(String value) {
        for (Codes codes : Codes.values()) {
            if (codes.label.equals(value)) {
                return codes;
            }
        }
        throw new IllegalArgumentException("codes=" + value + ", allowed: 7bit, 4bit");
    }

    @Override
    public boolean supports(Metric metric) {
        return metric.allows(ElementType.FLOAT32);
    }

    @Override
    public GraphIndex create(IndexContext context, long[] sample) {
        return GraphIndex.create(this, context, sample);
    }

    @Override
    public GraphIndex load(IndexContext context, DerivedIndex.CheckpointSource source) {
        return GraphIndex.load(this, context, source);
    }

    @Override
    public boolean isPageable() {
        return true;
    }

    @Override
    public DerivedIndex loadPaged(IndexContext context, Saved saved) {
        return PagedGraph.load(saved, this, context);
    }
}
