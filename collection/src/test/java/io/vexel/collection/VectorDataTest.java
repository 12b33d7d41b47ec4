package io.vexel.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.distance.ElementType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class VectorDataTest {

    @Test
    void floats_changedByTheirOwner_stayAsGiven() {
        float[] mine = {1, 2, 3};
        VectorData.Floats vector = VectorData.of(mine);
        mine[0] = 9;
        vector.toArray()[1] = 9;
        assertThat(vector.toArray()).containsExactly(1, 2, 3);
    }

    @Test
    void floats_writtenAndRead_areEqual() {
        VectorData.Floats vector = VectorData.of(1.5f, -0f, Float.MIN_VALUE);
        MemorySegment bytes = MemorySegment.ofArray(new byte[17]);
        vector.copyTo(ElementType.FLOAT32, bytes, 5);
        assertThat(VectorData.Floats.read(ElementType.FLOAT32, bytes, 5, 3)).isEqualTo(vector);
        assertThat(bytes.asSlice(5, 4).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE))
                .containsExactly(0, 0, 0xC0, 0x3F);
    }

    @ParameterizedTest
    @EnumSource(value = ElementType.class, names = "BIT", mode = EnumSource.Mode.EXCLUDE)
    void floats_writtenAsAnyType_areReadBackRounded(ElementType type) {
        VectorData.Floats vector = VectorData.of(1.1f, -0f, 1e-6f, -300.7f);
        MemorySegment bytes = MemorySegment.ofArray(new byte[1 + type.rowBytes(4)]);
        vector.copyTo(type, bytes, 1);
        assertThat(VectorData.Floats.read(type, bytes, 1, 4)).isEqualTo(vector.rounded(type));
        assertThat(vector.rounded(type).rounded(type)).isEqualTo(vector.rounded(type));
    }

    @Test
    void firstNotBelow_findsEachPosition() {
        for (int length = 1; length < 40; length++) {
            float[] good = new float[length];
            Arrays.fill(good, -65519f);
            assertThat(VectorData.of(good).firstNotBelow(65520f)).isEqualTo(-1);
            assertThat(VectorData.of(good).largestMagnitude()).isEqualTo(65519f);
            for (int bad = 0; bad < length; bad++) {
                float[] components = good.clone();
                components[bad] = bad % 3 == 0 ? Float.NaN : bad % 3 == 1 ? Float.NEGATIVE_INFINITY : -65520f;
                assertThat(VectorData.of(components).firstNotBelow(65520f)).isEqualTo(bad);
                assertThat(Float.valueOf(VectorData.of(components).largestMagnitude()))
                        .isEqualTo(Float.valueOf(Math.abs(components[bad])));
            }
        }
    }

    @Test
    void largestMagnitude_ofNegativeZeros_isZeroAndOfTheSmallestNumberNot() {
        assertThat(VectorData.of(0f, -0f).largestMagnitude()).isZero();
        assertThat(VectorData.of(0f, -Float.MIN_VALUE).largestMagnitude()).isEqualTo(Float.MIN_VALUE);
    }

    @Test
    void bits_withBytesThatDoNotFit_areRefused() {
        assertThat(VectorData.ofBits(9, (byte) 0xFF, (byte) 1).get(8)).isTrue();
        assertThatThrownBy(() -> VectorData.ofBits(9, (byte) 0xFF)).hasMessageContaining("bytes=1 for dimension=9");
        assertThatThrownBy(() -> VectorData.ofBits(9, (byte) 0xFF, (byte) 2)).hasMessageContaining("top 7 bits zero");
        assertThatThrownBy(() -> VectorData.ofBits(0)).hasMessageContaining("dimension=0");
    }
}
