package io.vexel.bench.budget;

import io.vexel.base.Bytes;
import io.vexel.cli.Measured;
import io.vexel.cli.terminal.Figures;
import io.vexel.engine.VolumeMemory;
import java.util.LinkedHashMap;
import java.util.Map;

/** What was measured under one budget. */
public final class BudgetResult {

    private final double percent;
    private final long limitBytes;
    private final Effort effort;
    private final Measured rate = new Measured();
    private final Measured overUnbounded = new Measured();
    private final Measured hitRatio = new Measured();
    private long peakBytes;

    /**
     * How it is searched.
     *
     * @param rows of the graph that are in memory
     * @param ef the least of those tried that reaches the recall, or the largest
     */
    record Effort(String rows, int ef, double recall) {}

    /** @param percent of what is in use without a limit; 0: there is none */
    BudgetResult(double percent, long limitBytes, Effort effort) {
        this.percent = percent;
        this.limitBytes = limitBytes;
        this.effort = effort;
    }

    double percent() {
        return percent;
    }

    long limitBytes() {
        return limitBytes;
    }

    int ef() {
        return effort.ef;
    }

    void add(double perSecond, double unbounded, VolumeMemory memory) {
        rate.add(perSecond);
        overUnbounded.add(perSecond / unbounded);
        hitRatio.add(memory.vectorCache().hitRatio());
        peakBytes = Math.max(peakBytes, memory.peakBytes());
    }

    static String[] headings() {
        return new String[] {
            "SHARE, %", "BUDGET", "PEAK", "ROWS", "EF", "RECALL", "QUERIES/S", "/ UNBOUNDED", "CACHE HITS, %"
        };
    }

    Object[] cells() {
        return new Object[] {
            percent == 0 ? "no limit" : Double.toString(percent),
            percent == 0 ? "-" : Bytes.text(limitBytes),
            Bytes.text(peakBytes),
            effort.rows,
            effort.ef,
            Figures.decimal(effort.recall, 4),
            rate.text(0),
            overUnbounded.text(2),
            Figures.decimal(100 * hitRatio.median(), 1)
        };
    }

    /** As facts; the share and the budget are null without a limit. */
    public Map<String, Object> json() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("sharePercent", percent == 0 ? null : percent);
        facts.put("budgetBytes", percent == 0 ? null : limitBytes);
        facts.put("peakBytes", peakBytes);
        facts.put("rows", effort.rows);
        facts.put("ef", effort.ef);
        facts.put("recall", effort.recall);
        facts.put("queriesPerSecond", rate.json());
        facts.put("overUnbounded", overUnbounded.json());
        facts.put("hitRatio", hitRatio.json());
        return facts;
    }
}
