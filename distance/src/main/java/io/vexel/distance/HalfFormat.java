package io.vexel.distance;

import static io.vexel.memory.raw.RawMemory.ALL;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * How the kernels widen 16-bit floats: {@code intBitsToFloat(bits << shift & mask) * scale}, with the sign of the 16 bits
 * extended first. For a binary16 that puts the five bits of its exponent at the lower end of the eight, and the factor sets
 * the bias right, of subnormals too; it is exact, as every finite binary16 is a normal binary32. Infinities and NaN would come
 * out wrong; they are never stored. A bfloat16 needs the shift only.
 */
enum HalfFormat {
    FLOAT16(ElementType.FLOAT16, 13, 0x8FFF_E000, 0x1p112f),
    BFLOAT16(ElementType.BFLOAT16, 16, 0xFFFF_0000, 1f);

    /** Species of as many 32-bit integers as there are floats in a vector of the width in use. */
    static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, Simd.FLOATS.vectorShape());

    /** Species of as many 16-bit elements. */
    static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(Simd.FLOATS.vectorBitSize() / 2));

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    final ElementType type;
    final int shift;
    final int mask;
    final float scale;

    HalfFormat(ElementType type, int shift, int mask, float scale) {
        this.type = type;
        this.shift = shift;
        this.mask = mask;
        this.scale = scale;
    }

    /** Element {@code index} of a row. */
    float element(long row, int index) {
        int bits = ALL.get(SHORT, row + 2L * index);
        return Float.intBitsToFloat(bits << shift & mask) * scale;
    }
}
