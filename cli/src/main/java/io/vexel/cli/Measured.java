package io.vexel.cli;

import io.vexel.cli.terminal.Figures;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Values of one quantity, one a round. */
public final class Measured {

    private final List<Double> values = new ArrayList<>();

    /** Adds the value of the next round. */
    public void add(double value) {
        values.add(value);
    }

    /** The value of the first round. */
    double first() {
        return values.getFirst();
    }

    /** The values of all rounds but the first. */
    Measured afterFirst() {
        Measured result = new Measured();
        result.values.addAll(values.subList(1, values.size()));
        return result;
    }

    /** The middle value. */
    public double median() {
        return Figures.median(array());
    }

    /** The smallest value. */
    public double least() {
        return values.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    }

    /** Middle, smallest and largest. */
    public String text(int decimals) {
        return Figures.spread(array(), decimals);
    }

    /** The keys median, min and max. */
    public Map<String, Object> json() {
        double[] sorted = array();
        Arrays.sort(sorted);
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("median", median());
        facts.put("min", sorted[0]);
        facts.put("max", sorted[sorted.length - 1]);
        return facts;
    }

    /** Round by round, this divided by the other. */
    public Measured ratioTo(Measured other) {
        Measured result = new Measured();
        for (int i = 0; i < values.size(); i++) {
            result.add(values.get(i) / other.values.get(i));
        }
        return result;
    }

    private double[] array() {
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
