package io.vexel.distance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class MetricTest {

    @ParameterizedTest
    @CsvSource({
        "l2,L2",
        "euclidean,L2",
        "L2,L2",
        "cosine,COSINE",
        "dot,DOT",
        "ip,DOT",
        "l1,L1",
        "manhattan,L1",
        "hamming,HAMMING",
        "Jaccard,JACCARD"
    })
    void parse_ofLabelOrAlias_givesTheMetric(String text, Metric metric) {
        assertThat(Metric.parse(text)).isEqualTo(metric);
        assertThat(Metric.parse(metric.label())).isEqualTo(metric);
    }

    @Test
    void parse_ofUnknownName_namesItAndWhatIsAllowed() {
        assertThatThrownBy(() -> Metric.parse("l3"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("metric=l3, allowed: l2 (euclidean), cosine, dot (ip), l1 (manhattan), hamming, jaccard");
    }

    @ParameterizedTest
    @EnumSource(Metric.class)
    void largestKeyWithin_anyRadius_isTheEdge(Metric metric) {
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            double radius = Math.exp(random.nextGaussian() * 20) * (random.nextInt(4) == 0 ? -1 : 1);
            assertEdge(metric, radius);
            assertEdge(metric, metric.distance(Math.abs((float) radius)));
        }
        assertEdge(metric, 0);
        assertEdge(metric, Double.MAX_VALUE);
        assertEdge(metric, Double.MIN_VALUE);
        assertThat(metric.largestKeyWithin(Double.POSITIVE_INFINITY)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(metric.largestKeyWithin(Double.NEGATIVE_INFINITY)).isEqualTo(Float.NEGATIVE_INFINITY);
    }

    private static void assertEdge(Metric metric, double radius) {
        float key = metric.largestKeyWithin(radius);
        if (metric == Metric.L2 && radius < 0) {
            assertThat(key).isEqualTo(Float.NEGATIVE_INFINITY);
        } else {
            assertThat(metric.distance(key)).as("radius=%s", radius).isLessThanOrEqualTo(radius);
            assertThat(key == Float.POSITIVE_INFINITY || metric.distance(Math.nextUp(key)) > radius)
                    .as("radius=%s key=%s", radius, key)
                    .isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({"1,4,1", "8,32,1", "9,36,2", "128,512,16", "4096,16384,512"})
    void rowBytes_ofDimension_isExact(int dimension, int floatBytes, int bitBytes) {
        assertThat(ElementType.FLOAT32.rowBytes(dimension)).isEqualTo(floatBytes);
        assertThat(ElementType.FLOAT16.rowBytes(dimension)).isEqualTo(floatBytes / 2);
        assertThat(ElementType.BFLOAT16.rowBytes(dimension)).isEqualTo(floatBytes / 2);
        assertThat(ElementType.BIT.rowBytes(dimension)).isEqualTo(bitBytes);
    }

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void rowBytes_outsideTheRange_isRefused(ElementType type) {
        assertThatThrownBy(() -> type.rowBytes(0)).hasMessage("dimension=0, allowed: 1..4096");
        assertThatThrownBy(() -> type.rowBytes(4097)).hasMessage("dimension=4097, allowed: 1..4096");
    }
}
