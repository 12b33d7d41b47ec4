package io.vexel.bench.data;

import io.vexel.cli.terminal.Figures;
import io.vexel.distance.Metric;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Vectors to index, queries, and for each query the true nearest rows. Arrays are handed out, not copied; nobody writes to them. */
public final class Dataset {

    private final String name;
    private final Vectors vectors;
    private final int[][] truth;
    private final String truthOrigin;

    /** @param truthOrigin where the ground truth comes from, in words */
    Dataset(String name, Vectors vectors, int[][] truth, String truthOrigin) {
        this.name = name;
        this.vectors = vectors;
        this.truth = truth;
        this.truthOrigin = truthOrigin;
    }

    /** The first rows alone, without ground truth: something to build from. */
    public Dataset firstRows(int count) {
        float[][] rows = Arrays.copyOf(vectors.base(), Math.min(count, vectors.base().length));
        Vectors first = Vectors.of(vectors.metric(), rows, vectors.queries());
        return new Dataset(name, first, first.truth(), "none: only to build from");
    }

    /** As the user wrote it, without the directory. */
    public String name() {
        return name;
    }

    /** Name and size, for people. */
    public String text() {
        return name + ": " + Figures.count(base().length, "row") + " of dimension " + dimension();
    }

    /** Name and size, for programs: {@code dataset}, {@code rows} and {@code dimension}; others may be added. */
    public Map<String, Object> facts() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("dataset", name);
        facts.put("rows", base().length);
        facts.put("dimension", dimension());
        return facts;
    }

    /** How engines compare: {@link Metric#L2} or {@link Metric#DOT}; a cosine set is one of l2 on vectors of length one. */
    public Metric metric() {
        return vectors.metric() == Metric.COSINE ? Metric.L2 : vectors.metric();
    }

    /** The metric that the set itself has. */
    public Metric originalMetric() {
        return vectors.metric();
    }

    public int dimension() {
        return vectors.base()[0].length;
    }

    /** Rows to index; a row's position is its id. */
    public float[][] base() {
        return vectors.base();
    }

    public float[][] queries() {
        return vectors.queries();
    }

    /** For each query the ids of the nearest rows, nearest first. */
    public int[][] truth() {
        return truth;
    }

    public String truthOrigin() {
        return truthOrigin;
    }

    /** Bytes of a row as 32-bit floats. */
    public long rawBytesPerVector() {
        return (long) Float.BYTES * dimension();
    }
}
