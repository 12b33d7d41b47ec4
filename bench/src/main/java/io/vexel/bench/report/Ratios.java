package io.vexel.bench.report;

import io.vexel.bench.measure.Curve;
import io.vexel.bench.measure.EngineResult;
import io.vexel.cli.Measured;
import java.util.List;
import java.util.Optional;

/** How many times faster Vexel's approximate index builds than another engine, and answers, round by round. */
final class Ratios {

    /** The engine that the others are compared with. */
    static final String OURS = "vexel";

    private Ratios() {}

    static Optional<EngineResult> ours(List<EngineResult> engines) {
        return engines.stream().filter(engine -> engine.name().equals(OURS)).findFirst();
    }

    /** The others: everything that is not Vexel's. */
    static List<EngineResult> peers(List<EngineResult> engines) {
        return engines.stream()
                .filter(engine -> !engine.name().startsWith(OURS))
                .toList();
    }

    /** Seconds that the peer's builds took over those of ours, by their medians. */
    static double build(EngineResult ours, EngineResult peer, int threads) {
        return peer.buildSeconds(threads).median() / ours.buildSeconds(threads).median();
    }

    /** Empty when one of the two does not reach the recall. */
    static Optional<Measured> at(double recall, Curve ours, Curve peer) {
        return ours.ratesAt(recall).flatMap(mine -> peer.ratesAt(recall).map(mine::ratioTo));
    }
}
