package io.vexel.index;

import io.vexel.base.Checks;
import io.vexel.distance.Metric;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Options of a {@link GraphIndex}.
 *
 * @param rows what lies beside a vertex
 * @param efConstruction candidates kept while a row is inserted, 8..4096; more makes a better graph and takes longer
 * @param seed of the random rotation and the sample of roots
 */
public record GraphSpec(Rows rows, int efConstruction, long seed) implements IndexSpec {

    /** What lies beside a vertex. */
    public enum Rows {
        /** Links and neighbor codes, which save most comparisons: about 7.5 bytes a dimension and 450 more. */
        FULL,
        /** Links only: slower, about 1 byte a dimension and 190 more. */
        SMALL;

        private String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final GraphSpec DEFAULTS = new GraphSpec(Rows.FULL, 100, 1);

    public GraphSpec {
        Checks.inRange("efConstruction", efConstruction, 8, 4096);
    }

    /** Full rows, efConstruction 100. */
    public static GraphSpec defaults() {
        return DEFAULTS;
    }

    public GraphSpec withRows(Rows newRows) {
        return new GraphSpec(newRows, efConstruction, seed);
    }

    public GraphSpec withEfConstruction(int newEfConstruction) {
        return new GraphSpec(rows, newEfConstruction, seed);
    }

    @Override
    public IndexKind kind() {
        return IndexKind.GRAPH;
    }

    @Override
    public Map<String, String> options() {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("rows", rows.label());
        options.put("efConstruction", Integer.toString(efConstruction));
        options.put("seed", Long.toString(seed));
        return options;
    }

    static GraphSpec parse(Map<String, String> options) {
        Rows rows = DEFAULTS.rows;
        int efConstruction = DEFAULTS.efConstruction;
        long seed = DEFAULTS.seed;
        for (var option : options.entrySet()) {
            String value = option.getValue();
            switch (option.getKey()) {
                case "rows" -> rows = parseRows(value);
                case "efConstruction" -> efConstruction = (int) parseNumber("efConstruction", value, 8, 4096);
                case "seed" -> seed = parseNumber("seed", value, Long.MIN_VALUE, Long.MAX_VALUE);
                default ->
                    throw new IllegalArgumentException(
                            "option=" + option.getKey() + ", allowed for graph: rows, efConstruction, seed");
            }
        }
        return new GraphSpec(rows, efConstruction, seed);
    }

    private static Rows parseRows(String value) {
        for (Rows rows : Rows.values()) {
            if (rows.label().equals(value)) {
                return rows;
            }
        }
        throw new IllegalArgumentException("rows=" + value + ", allowed: full, small");
    }

    private static long parseNumber(String name, String value, long least, long most) {
        try {
            return Checks.inRange(name, Long.parseLong(value), least, most);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    name + "=" + value + ", allowed: a number from " + least + " to " + most, e);
        }
    }

    @Override
    public boolean supports(Metric metric) {
        return metric != Metric.HAMMING;
    }

    @Override
    public GraphIndex create(IndexContext context, long[] sample) {
        return GraphIndex.create(this, context, sample);
    }

    @Override
    public GraphIndex load(IndexContext context, DerivedIndex.CheckpointSource source) {
        return GraphIndex.load(this, context, source);
    }
}
