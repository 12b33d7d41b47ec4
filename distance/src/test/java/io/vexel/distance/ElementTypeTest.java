package io.vexel.distance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ElementTypeTest {

    private static float value(ElementType type, int bits) {
        return type == ElementType.FLOAT16 ? Float.float16ToFloat((short) bits) : Float.intBitsToFloat(bits << 16);
    }

    private static int infinity(ElementType type) {
        return type == ElementType.FLOAT16 ? 0x7C00 : 0x7F80;
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"FLOAT16", "BFLOAT16"})
    void rounded_betweenAnyTwoNeighbors_isTheNearerAndAtTheMiddleTheEvenOne(ElementType type) {
        for (int bits = 0; bits + 1 < infinity(type); bits++) {
            float below = value(type, bits);
            float above = value(type, bits + 1);
            float middle = (float) (((double) below + above) / 2);
            float even = (bits & 1) == 0 ? below : above;
            assertThat(type.rounded(below)).isEqualTo(below);
            assertThat(type.rounded(middle)).as("%s", middle).isEqualTo(even);
            assertThat(type.rounded(-middle)).isEqualTo(-even);
            assertThat(type.rounded(Math.nextDown(middle))).isEqualTo(below);
            assertThat(type.rounded(Math.nextUp(middle))).isEqualTo(above);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"FLOAT16", "BFLOAT16"})
    void overflowAndUnderflow_areTheEdges(ElementType type) {
        float largest = value(type, infinity(type) - 1);
        assertThat(type.rounded(type.overflow())).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(type.rounded(Math.nextDown(type.overflow()))).isEqualTo(largest);
        assertThat(type.rounded(type.underflow())).isZero();
        assertThat(type.rounded(Math.nextUp(type.underflow()))).isEqualTo(value(type, 1));
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"FLOAT32", "FLOAT16", "BFLOAT16"})
    void write_thenRead_givesTheRoundedElements(ElementType type) {
        float[] elements = {0f, -0f, 1.1f, -3.3333333f, 0x1p-24f, 0x1.8p-24f, -0x1.234p-16f, 65504f, -65519.9f};
        MemorySegment row = MemorySegment.ofArray(new byte[3 + type.rowBytes(elements.length)]);
        type.write(elements, row, 3);
        float[] read = new float[elements.length];
        type.read(row, 3, read);
        for (int i = 0; i < elements.length; i++) {
            assertThat(Float.floatToRawIntBits(read[i])).isEqualTo(Float.floatToRawIntBits(type.rounded(elements[i])));
        }
    }

    @Test
    void write_hasTheBitsOfTheFormat() {
        MemorySegment row = MemorySegment.ofArray(new byte[4]);
        ElementType.FLOAT16.write(new float[] {1f, -2f}, row, 0);
        assertThat(row.toArray(ValueLayout.JAVA_BYTE)).containsExactly(0x00, 0x3C, 0x00, 0xC0);
        ElementType.BFLOAT16.write(new float[] {1f, -2f}, row, 0);
        assertThat(row.toArray(ValueLayout.JAVA_BYTE)).containsExactly(0x80, 0x3F, 0x00, 0xC0);
    }

    @Test
    void parse_ofLabels_givesTheTypeAndOfAnythingElseNamesIt() {
        for (ElementType type : ElementType.values()) {
            assertThat(ElementType.parse(type.label())).isEqualTo(type);
        }
        assertThat(ElementType.parse("BF16")).isEqualTo(ElementType.BFLOAT16);
        assertThatThrownBy(() -> ElementType.parse("f8"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("element=f8, allowed: f32, f16, bf16, bit");
    }

    @Test
    void metrics_allowBitsForHammingAndFloatsOtherwise() {
        for (Metric metric : Metric.values()) {
            assertThat(metric.allows(metric.defaultElementType())).isTrue();
            for (ElementType type : ElementType.values()) {
                boolean ofBits = metric == Metric.HAMMING || metric == Metric.JACCARD;
                assertThat(metric.allows(type)).isEqualTo((type == ElementType.BIT) == ofBits);
            }
        }
    }
}
