package io.vexel.distance;

import io.vexel.base.Checks;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What one stored vector element is. Rows are contiguous, without padding, in memory as on disk; multi-byte values are
 * little-endian. Elements of the 16-bit types are rounded to the nearest value, ties to even, when they are stored; queries are
 * not rounded.
 */
public enum ElementType {
    /** IEEE 754 binary32. */
    FLOAT32("f32", Float.BYTES, Float.POSITIVE_INFINITY, 0f),

    /** IEEE 754 binary16: 11 significant bits, up to 65504. */
    FLOAT16("f16", Short.BYTES, 65520f, 0x1p-25f),

    /** The upper half of a binary32: 8 significant bits, its range. */
    BFLOAT16("bf16", Short.BYTES, 0x1.FFp127f, 0x1p-134f),

    /** One bit; element {@code i} is bit {@code i % 8} of byte {@code i / 8}. Bits of the last byte beyond the dimension are ignored. */
    BIT("bit", 0, Float.NaN, Float.NaN);

    /** The largest dimension of a vector. */
    public static final int MAX_DIMENSION = 4096;

    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final String label;
    private final int bytes;
    private final float overflow;
    private final float underflow;

    ElementType(String label, int bytes, float overflow, float underflow) {
        this.label = label;
        this.bytes = bytes;
        this.overflow = overflow;
        this.underflow = underflow;
    }

    /** The name on the command line. */
    public String label() {
        return label;
    }

    /**
     * The element type of that {@link #label()}; case does not matter.
     *
     * @throws IllegalArgumentException naming the text when it is none
     */
    public static ElementType parse(String text) {
        return Arrays.stream(values())
                .filter(type -> type.label.equals(text.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("element=" + text + ", allowed: "
                        + Arrays.stream(values()).map(ElementType::label).collect(Collectors.joining(", "))));
    }

    /** Whether elements are numbers; queries for such rows are 32-bit floats. */
    public boolean isFloat() {
        return this != BIT;
    }

    /**
     * Exact bytes of one row.
     *
     * @param dimension elements, 1..{@value #MAX_DIMENSION}
     */
    public int rowBytes(int dimension) {
        Checks.inRange("dimension", dimension, 1, MAX_DIMENSION);
        return isFloat() ? bytes * dimension : (dimension + 7) >>> 3;
    }

    /** The smallest magnitude that this type of floats cannot hold, because it would be rounded to infinity. */
    public float overflow() {
        return overflow;
    }

    /** The largest magnitude that this type of floats rounds to zero. */
    public float underflow() {
        return underflow;
    }

    /** What is read back when {@code element} was stored as this type of floats. */
    public float rounded(float element) {
        return switch (this) {
            case FLOAT32 -> element;
            case FLOAT16 -> Float.float16ToFloat(Float.floatToFloat16(element));
            case BFLOAT16 -> Float.intBitsToFloat(bfloat16(element) << 16);
            case BIT -> throw noFloats();
        };
    }

    /**
     * Stores a row of floats.
     *
     * @param elements magnitudes below {@link #overflow()}
     */
    public void write(float[] elements, MemorySegment target, long offset) {
        switch (this) {
            case FLOAT32 -> MemorySegment.copy(elements, 0, target, FLOAT, offset, elements.length);
            case FLOAT16 -> {
                for (int i = 0; i < elements.length; i++) {
                    target.set(SHORT, offset + (long) Short.BYTES * i, Float.floatToFloat16(elements[i]));
                }
            }
            case BFLOAT16 -> {
                for (int i = 0; i < elements.length; i++) {
                    target.set(SHORT, offset + (long) Short.BYTES * i, (short) bfloat16(elements[i]));
                }
            }
            case BIT -> throw noFloats();
        }
    }

    /** Reads a row of floats until the array is full. */
    public void read(MemorySegment source, long offset, float[] elements) {
        if (this == FLOAT32) {
            MemorySegment.copy(source, FLOAT, offset, elements, 0, elements.length);
            return;
        }
        for (int i = 0; i < elements.length; i++) {
            elements[i] = element(source, offset, i);
        }
    }

    /** Element {@code index} of a row of floats. */
    float element(MemorySegment source, long row, int index) {
        return switch (this) {
            case FLOAT32 -> source.get(FLOAT, row + (long) Float.BYTES * index);
            case FLOAT16 -> Float.float16ToFloat(source.get(SHORT, row + (long) Short.BYTES * index));
            case BFLOAT16 -> Float.intBitsToFloat(source.get(SHORT, row + (long) Short.BYTES * index) << 16);
            case BIT -> throw noFloats();
        };
    }

    /** The nearest 16 bits, ties to even, in the lower half. */
    private static int bfloat16(float element) {
        int bits = Float.floatToRawIntBits(element);
        return (bits + 0x7FFF + (bits >>> 16 & 1)) >>> 16;
    }

    private static IllegalStateException noFloats() {
        return new IllegalStateException("element=bit, allowed here: f32, f16, bf16");
    }
}
