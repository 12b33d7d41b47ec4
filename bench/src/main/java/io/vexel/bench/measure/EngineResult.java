package io.vexel.bench.measure;

import io.vexel.base.Checks;
import io.vexel.bench.engine.BuildTime;
import io.vexel.cli.Measured;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * What was measured of one engine.
 *
 * @param name the engine
 * @param settings its version and parameters
 * @param builds what builds took, by number of threads; at least one each
 * @param bytesPerVector everything the index holds, the vectors with it, divided by the rows
 * @param curves by number of threads, in the order of the plan
 */
public record EngineResult(
        String name, String settings, Map<Integer, List<BuildTime>> builds, double bytesPerVector, List<Curve> curves) {

    public EngineResult {
        builds = Map.copyOf(builds);
        builds.forEach((threads, times) -> Checks.argument(!times.isEmpty(), "builds with threads=" + threads + ": 0"));
        curves = List.copyOf(curves);
    }

    /** What the builds with that many threads took, in the order in which they were made. */
    public List<BuildTime> builds(int threads) {
        return Optional.ofNullable(builds.get(threads))
                .orElseThrow(
                        () -> new IllegalArgumentException("threads=" + threads + ", allowed: " + builds.keySet()));
    }

    /** Seconds of the builds with that many threads. */
    public Measured buildSeconds(int threads) {
        return measured(threads, BuildTime::seconds);
    }

    /** Seconds of processor time of the builds with that many threads. */
    public Measured buildCpuSeconds(int threads) {
        return measured(threads, BuildTime::cpuSeconds);
    }

    private Measured measured(int threads, ToDoubleFunction<BuildTime> value) {
        Measured measured = new Measured();
        builds(threads).forEach(time -> measured.add(value.applyAsDouble(time)));
        return measured;
    }
}
