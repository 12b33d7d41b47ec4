package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.distance.Metric;
import java.util.List;
import org.junit.jupiter.api.Test;

class QueryVectorTest {

    private static final List<QueryVector> TWO = List.of(QueryVector.of(3, 0), QueryVector.of(0, 1));

    @Test
    void between_underL2AndDot_isTheMean() {
        assertThat(QueryVector.between(TWO, Metric.L2)).contains(QueryVector.of(1.5f, 0.5f));
        assertThat(QueryVector.between(TWO, Metric.DOT)).contains(QueryVector.of(1.5f, 0.5f));
    }

    @Test
    void between_underCosine_isTheSumOfTheDirections() {
        assertThat(QueryVector.between(TWO, Metric.COSINE)).contains(QueryVector.of(1, 1));
    }

    @Test
    void between_directionsThatCancelOut_isNothing() {
        List<QueryVector> opposite = List.of(QueryVector.of(2, 0), QueryVector.of(-1, 0));
        assertThat(QueryVector.between(opposite, Metric.COSINE)).isEmpty();
        assertThat(QueryVector.between(opposite, Metric.L2)).contains(QueryVector.of(0.5f, 0));
    }

    @Test
    void between_ofBits_isNothing() {
        QueryVector bits = QueryVector.ofBits(new byte[] {5}, 8);
        assertThat(QueryVector.between(List.of(bits, bits), Metric.HAMMING)).isEmpty();
    }

    @Test
    void between_largeElements_staysFinite() {
        QueryVector large = QueryVector.of(Float.MAX_VALUE, 1);
        assertThat(QueryVector.between(List.of(large, large, large), Metric.L2)).contains(large);
    }

    @Test
    void leaning_toEach_isBetweenThemWithThatOneTwice() {
        for (Metric metric : List.of(Metric.L2, Metric.DOT, Metric.COSINE)) {
            List<QueryVector> leaning = QueryVector.leaning(TWO, metric);
            assertThat(leaning).hasSize(2);
            for (int i = 0; i < 2; i++) {
                List<QueryVector> weighted = List.of(TWO.get(0), TWO.get(1), TWO.get(i));
                assertThat(leaning.get(i))
                        .isEqualTo(QueryVector.between(weighted, metric).orElseThrow());
            }
        }
    }

    @Test
    void leaning_directionsThatCancelOut_isTheVectorItself() {
        QueryVector twice = QueryVector.of(3, 0);
        QueryVector back = QueryVector.of(-1, 0);
        assertThat(QueryVector.leaning(List.of(twice, back, back), Metric.COSINE))
                .containsExactly(twice, QueryVector.of(-2, 0), QueryVector.of(-2, 0));
    }

    @Test
    void leaning_largeElements_staysFinite() {
        QueryVector large = QueryVector.of(Float.MAX_VALUE, 1);
        assertThat(QueryVector.leaning(List.of(large, large), Metric.DOT)).containsExactly(large, large);
    }
}
