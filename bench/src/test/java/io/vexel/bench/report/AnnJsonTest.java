package io.vexel.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.bench.measure.AnnResult;
import io.vexel.cli.terminal.Json;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class AnnJsonTest {

    private static JsonNode json(AnnResult result) {
        return JsonMapper.shared().readTree(Json.of(new AnnJson(result, Map.of("java", "25")).facts()));
    }

    @Test
    void json_ofAComparison_hasTheDocumentedKeys() {
        JsonNode json = json(Sample.usual());
        assertThat(json.propertyNames())
                .containsExactly(
                        "dataset",
                        "threads",
                        "machine",
                        "rows",
                        "dimension",
                        "metric",
                        "queries",
                        "groundTruth",
                        "k",
                        "rounds",
                        "secondsPerPass",
                        "clock",
                        "warmRows",
                        "builds",
                        "latencyAtRecall",
                        "engines",
                        "ratios",
                        "otherThreads");
        assertThat(json.get("dataset").asString()).isEqualTo("synthetic:40x3");
        assertThat(json.get("threads").asInt()).isEqualTo(1);
        JsonNode ours = json.get("engines").get(0);
        assertThat(ours.propertyNames())
                .containsExactly(
                        "name",
                        "settings",
                        "buildSeconds",
                        "buildCpuSeconds",
                        "buildSecondsSpread",
                        "bytesPerVector",
                        "qpsAtRecall",
                        "qpsAtRecallSpread",
                        "alreadyAbove",
                        "latencyEf",
                        "p50Micros",
                        "p95Micros",
                        "p99Micros",
                        "curve");
        assertThat(ours.get("name").asString()).isEqualTo("vexel");
        assertThat(ours.get("bytesPerVector").asDouble()).isEqualTo(100);
        assertThat(ours.get("qpsAtRecall").propertyNames()).containsExactly("0.90", "0.95", "0.99");
        JsonNode spread = ours.get("qpsAtRecallSpread").get("0.95");
        assertThat(spread.get("min").asDouble())
                .isPositive()
                .isLessThanOrEqualTo(ours.get("qpsAtRecall").get("0.95").asDouble());
        assertThat(ours.get("curve").get(0).propertyNames())
                .containsExactly(
                        "ef",
                        "recall",
                        "queriesPerSecond",
                        "cpuQueriesPerSecond",
                        "wallQueriesPerSecond",
                        "p50Micros",
                        "p95Micros",
                        "p99Micros");
    }

    @Test
    void json_marks_areThereAndWhatWasNotReachedIsNull() {
        JsonNode engines = json(Sample.usual()).get("engines");
        JsonNode flat = engines.get(1);
        assertThat(flat.get("alreadyAbove").get("0.99").asBoolean()).isTrue();
        JsonNode weak = engines.get(3);
        assertThat(weak.get("qpsAtRecall").get("0.90").isNull()).isTrue();
        assertThat(weak.get("qpsAtRecallSpread").get("0.90").isNull()).isTrue();
        assertThat(weak.get("alreadyAbove").get("0.90").asBoolean()).isFalse();
    }

    @Test
    void json_ratios_areThoseOfVexelOverEachPeer() {
        JsonNode ratios = json(Sample.usual()).get("ratios");
        assertThat(ratios.propertyNames()).containsExactly("peer", "weak & <slow>");
        assertThat(ratios.get("peer").get("0.95").get("median").asDouble()).isPositive();
        assertThat(ratios.get("peer").get("build").asDouble()).isPositive();
        assertThat(ratios.get("weak & <slow>").get("0.95").isNull()).isTrue();
    }

    @Test
    void json_otherThreads_haveEnginesAndRatiosOfTheirOwn() {
        JsonNode other = json(Sample.usual()).get("otherThreads");
        assertThat(other.size()).isEqualTo(1);
        assertThat(other.get(0).propertyNames()).containsExactly("threads", "engines", "ratios");
        assertThat(other.get(0).get("threads").asInt()).isEqualTo(2);
        assertThat(other.get(0).get("engines").size()).isEqualTo(4);
    }
}
