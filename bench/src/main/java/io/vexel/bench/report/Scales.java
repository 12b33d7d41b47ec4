package io.vexel.bench.report;

import java.util.ArrayList;
import java.util.List;

/**
 * Where a recall and a rate lie in the drawing. Recall runs by the logarithm of what is missed, so that .99 is as far from .9 as .9 is
 * from 0; the rate runs by its logarithm.
 */
final class Scales {

    static final double LEFT = 78;
    static final double TOP = 46;
    static final double WIDTH = 640;
    static final double HEIGHT = 400;

    /** Recall that is missed at the right edge; nearer to 1 than this is drawn there. */
    private static final double LEAST_MISSED = 0.001;

    private static final double[] RECALLS = {0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999};

    private final double leastRecall;
    private final double least;
    private final double greatest;

    /** A frame that holds these values. */
    Scales(double leastRecall, double leastRate, double greatestRate) {
        double floor = 0;
        for (double tick : RECALLS) {
            floor = tick <= leastRecall && tick <= 0.95 ? tick : floor;
        }
        this.leastRecall = floor;
        this.least = Math.log10(leastRate) - 0.05;
        this.greatest = Math.log10(greatestRate) + 0.08;
    }

    double x(double recall) {
        double right = Math.log(LEAST_MISSED);
        double from = Math.log(1 - leastRecall);
        double here = Math.log(Math.max(LEAST_MISSED, 1 - recall));
        return LEFT + WIDTH * (from - here) / (from - right);
    }

    double y(double rate) {
        return TOP + HEIGHT * (greatest - Math.log10(rate)) / (greatest - least);
    }

    List<Double> recallTicks() {
        List<Double> ticks = new ArrayList<>();
        for (double tick : RECALLS) {
            if (tick >= leastRecall) {
                ticks.add(tick);
            }
        }
        return ticks;
    }

    /** 1, 2 and 5 times the powers of ten that lie in the frame; only 1 times where these would be too many. */
    List<Double> rateTicks() {
        List<Double> ticks = new ArrayList<>();
        double[] steps = greatest - least > 3 ? new double[] {1} : new double[] {1, 2, 5};
        for (int power = (int) Math.floor(least); power <= greatest; power++) {
            for (double step : steps) {
                double rate = step * Math.pow(10, power);
                if (Math.log10(rate) >= least && Math.log10(rate) <= greatest) {
                    ticks.add(rate);
                }
            }
        }
        return ticks;
    }
}
