package io.vexel.bench.measure;

import io.vexel.bench.data.Dataset;
import java.util.List;

/**
 * What a comparison gave.
 *
 * @param data what was searched
 * @param plan how
 * @param engines in the order in which they were asked for
 */
public record AnnResult(Dataset data, AnnPlan plan, List<EngineResult> engines) {

    public AnnResult {
        engines = List.copyOf(engines);
    }
}
