package io.vexel.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CollectionSpecTest {

    @Test
    void builder_withOnlyADimension_isCosineOverFloats() {
        CollectionSpec spec = CollectionSpec.builder("docs").dimension(128).build();
        assertThat(spec.metric()).isEqualTo(Metric.COSINE);
        assertThat(spec.rowBytes()).isEqualTo(512);
        assertThat(CollectionSpec.builder("b")
                        .dimension(9)
                        .metric(Metric.HAMMING)
                        .build()
                        .elementType())
                .isEqualTo(ElementType.BIT);
    }

    @Test
    void elementType_ofHalfFloats_halvesTheRowAndGoesWithFloatMetricsOnly() {
        CollectionSpec.Builder builder =
                CollectionSpec.builder("docs").dimension(128).elementType(ElementType.FLOAT16);
        assertThat(builder.build().rowBytes()).isEqualTo(256);
        assertThat(builder.metric(Metric.L1).build().elementType()).isEqualTo(ElementType.FLOAT16);
        assertThatThrownBy(() -> builder.metric(Metric.HAMMING).build())
                .hasMessage("elementType=FLOAT16, allowed: BIT for metric hamming");
        assertThatThrownBy(() -> new CollectionSpec("c", 3, Metric.DOT, ElementType.BIT))
                .hasMessage("elementType=BIT, allowed: FLOAT32, FLOAT16, BFLOAT16 for metric dot");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a/b", "a\u0000", "a\nb", "\uD800"})
    void name_thatIsNotAllowed_isNamedInTheError(String name) {
        assertThatThrownBy(() -> CollectionSpec.checkName(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1..255");
    }

    @Test
    void name_of255Bytes_isAllowedAnd256Refused() {
        assertThat(CollectionSpec.checkName("n".repeat(255))).hasSize(255);
        assertThatThrownBy(() -> CollectionSpec.checkName("n".repeat(254) + "\u00e4"))
                .hasMessageContaining("256 UTF-8 bytes");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 4097})
    void dimension_outside1To4096_isRefused(int dimension) {
        assertThatThrownBy(() -> new CollectionSpec("c", dimension, Metric.L2))
                .hasMessage("dimension=" + dimension + ", allowed: 1..4096");
    }

    @Test
    void indexes_thatStandTwiceOrAreTooMany_areRefused() {
        CollectionSpec.Builder builder =
                CollectionSpec.builder("c").dimension(1).keywordIndex("a").textIndex("a");
        assertThat(builder.build().indexes()).hasSize(2);
        assertThatThrownBy(() -> builder.keywordIndex("a").build())
                .hasMessageContaining("a:keyword stands there twice");
        CollectionSpec.Builder many = CollectionSpec.builder("c").dimension(1);
        for (int i = 0; i < 65; i++) {
            many.rangeIndex("f" + i);
        }
        assertThatThrownBy(many::build).hasMessage("payload indexes=65, allowed: 0..64");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "a:", ":keyword", "a:hash", "a b:text", "NOT:text"})
    void index_thatCannotBeRead_isRefused(String text) {
        assertThatThrownBy(() -> FieldIndex.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void index_textForm_isReadBack() {
        FieldIndex index = FieldIndex.parse("a.`b:c`:range");
        assertThat(index.path().names()).containsExactly("a", "b:c");
        assertThat(FieldIndex.parse(index.toString())).isEqualTo(index);
        assertThatThrownBy(() -> new FieldIndex(FieldPath.parse("x".repeat(1_025)), FieldIndex.Kind.TEXT))
                .hasMessage("path bytes=1025, allowed: 1..1024");
    }
}
