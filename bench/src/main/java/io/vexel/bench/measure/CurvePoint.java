package io.vexel.bench.measure;

import io.vexel.cli.Measured;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** One {@code ef} of one engine on one number of threads: its recall, and a pass a round. */
public final class CurvePoint {

    private final int ef;
    private final double recall;
    private final List<Pass> passes = new ArrayList<>();

    CurvePoint(int ef, double recall) {
        this.ef = ef;
        this.recall = recall;
    }

    void add(Pass pass) {
        passes.add(pass);
    }

    public int ef() {
        return ef;
    }

    public double recall() {
        return recall;
    }

    /** The passes, one a round. */
    public List<Pass> passes() {
        return List.copyOf(passes);
    }

    /** One figure of all passes. */
    public Measured measured(ToDoubleFunction<Pass> figure) {
        Measured result = new Measured();
        passes.forEach(pass -> result.add(figure.applyAsDouble(pass)));
        return result;
    }
}
