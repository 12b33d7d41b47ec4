package io.vexel.bench.measure;

import io.vexel.bench.engine.BuildTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What was measured of one engine.
 *
 * @param name the engine
 * @param settings its version and parameters
 * @param builds what a build took, by number of threads
 * @param bytesPerVector everything the index holds, the vectors with it, divided by the rows
 * @param curves by number of threads, in the order of the plan
 */
public record EngineResult(
        String name, String settings, Map<Integer, BuildTime> builds, double bytesPerVector, List<Curve> curves) {

    public EngineResult {
        builds = Map.copyOf(builds);
        curves = List.copyOf(curves);
    }

    /** What the build with that many threads took. */
    public BuildTime build(int threads) {
        return Optional.ofNullable(builds.get(threads))
                .orElseThrow(
                        () -> new IllegalArgumentException("threads=" + threads + ", allowed: " + builds.keySet()));
    }
}
