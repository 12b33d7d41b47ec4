package io.vexel.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

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
        vector.copyTo(bytes, 5);
        assertThat(VectorData.Floats.read(bytes, 5, 3)).isEqualTo(vector);
        assertThat(bytes.asSlice(5, 4).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE))
                .containsExactly(0, 0, 0xC0, 0x3F);
    }

    @Test
    void firstNotFinite_findsEachPosition() {
        for (int length = 1; length < 40; length++) {
            assertThat(VectorData.of(new float[length]).firstNotFinite()).isEqualTo(-1);
            for (int bad = 0; bad < length; bad++) {
                float[] components = new float[length];
                components[bad] =
                        bad % 3 == 0 ? Float.NaN : bad % 3 == 1 ? Float.POSITIVE_INFINITY : Float.NEGATIVE_INFINITY;
                components[length - 1] = length - 1 == bad ? components[bad] : Float.MAX_VALUE;
                assertThat(VectorData.of(components).firstNotFinite()).isEqualTo(bad);
            }
        }
    }

    @Test
    void isZero_ofNegativeZeros_isTrueAndOfTheSmallestNumberFalse() {
        assertThat(VectorData.of(0f, -0f).isZero()).isTrue();
        assertThat(VectorData.of(0f, Float.MIN_VALUE).isZero()).isFalse();
    }

    @Test
    void bits_withBytesThatDoNotFit_areRefused() {
        assertThat(VectorData.ofBits(9, (byte) 0xFF, (byte) 1).get(8)).isTrue();
        assertThatThrownBy(() -> VectorData.ofBits(9, (byte) 0xFF)).hasMessageContaining("bytes=1 for dimension=9");
        assertThatThrownBy(() -> VectorData.ofBits(9, (byte) 0xFF, (byte) 2)).hasMessageContaining("top 7 bits zero");
        assertThatThrownBy(() -> VectorData.ofBits(0)).hasMessageContaining("dimension=0");
    }
}
