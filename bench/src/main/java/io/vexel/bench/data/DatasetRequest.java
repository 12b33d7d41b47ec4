package io.vexel.bench.data;

import io.vexel.base.Checks;
import io.vexel.distance.Metric;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Which data set to load.
 *
 * @param source {@code DIR/NAME} of files, or {@code synthetic:ROWSxDIMENSION}
 * @param metric l2, cosine or dot; empty: what the source says, or else l2
 * @param limit most base rows to take, at least 1
 * @param k how deep the ground truth has to be
 */
public record DatasetRequest(String source, Optional<Metric> metric, OptionalInt limit, int k) {

    public DatasetRequest {
        limit.ifPresent(rows -> Checks.argument(rows >= 1, "limit=" + rows + ", allowed: at least 1"));
    }
}
