package io.vexel.bench.measure;

import java.util.List;
import java.util.Map;

/**
 * What was measured of one engine.
 *
 * @param name the engine
 * @param settings its version and parameters
 * @param buildSeconds wall-clock seconds of a build, by number of threads
 * @param bytesPerVector everything the index holds, the vectors with it, divided by the rows
 * @param curves by number of threads, in the order of the plan
 */
public record EngineResult(
        String name, String settings, Map<Integer, Double> buildSeconds, double bytesPerVector, List<Curve> curves) {

    public EngineResult {
        buildSeconds = Map.copyOf(buildSeconds);
        curves = List.copyOf(curves);
    }
}
