package io.vexel.bench.measure;

import io.vexel.cli.Measured;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** Recall against rate of one engine on one number of threads. */
public final class Curve {

    private final int threads;
    private final SearchClock clock;
    private final List<CurvePoint> points;

    Curve(int threads, SearchClock clock, List<CurvePoint> points) {
        this.threads = threads;
        this.clock = clock;
        this.points = List.copyOf(points);
    }

    public int threads() {
        return threads;
    }

    /** In the order of {@code ef}; at least one. */
    public List<CurvePoint> points() {
        return points;
    }

    /** Queries a second of a point, one value a round. */
    public Measured rates(CurvePoint point) {
        return point.measured(pass -> pass.perSecond(clock));
    }

    /** Queries a second at a recall, one value a round; empty when no {@code ef} reaches it. */
    public Optional<Measured> ratesAt(double recall) {
        Measured result = new Measured();
        int rounds = points.getFirst().passes().size();
        for (int round = 0; round < rounds; round++) {
            OptionalDouble rate = Interpolation.rateAt(recall, recalls(), rates(round));
            if (rate.isEmpty()) {
                return Optional.empty();
            }
            result.add(rate.getAsDouble());
        }
        return Optional.of(result);
    }

    /** True when the smallest {@code ef} has more recall than this already. */
    public boolean isAlreadyAbove(double recall) {
        return points.getFirst().recall() > recall;
    }

    /** The first point with at least this recall, or the last one. */
    public CurvePoint pointAt(double recall) {
        return points.stream()
                .filter(point -> point.recall() >= recall)
                .findFirst()
                .orElse(points.getLast());
    }

    private double[] recalls() {
        return points.stream().mapToDouble(CurvePoint::recall).toArray();
    }

    private double[] rates(int round) {
        return points.stream()
                .mapToDouble(point -> point.passes().get(round).perSecond(clock))
                .toArray();
    }
}
