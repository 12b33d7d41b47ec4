package io.vexel.collection;

import io.vexel.distance.ElementType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The components of one vector. Immutable. Whether it fits a collection (dimension, element type, finite, not zero where the
 * metric forbids it) is checked by the collection.
 */
public sealed interface VectorData permits VectorData.Floats, VectorData.Bits {

    /** A vector of 32-bit floats; the array is copied. */
    static Floats of(float... components) {
        return new Floats(components.clone());
    }

    /**
     * A vector of bits: component {@code i} is bit {@code i % 8} (least significant first) of byte {@code i / 8}. Copied.
     *
     * @param dimension number of bits, at least 1
     * @param packed exactly {@code ceil(dimension / 8)} bytes, the bits behind the dimension zero
     * @throws IllegalArgumentException when the array does not fit the dimension
     */
    static Bits ofBits(int dimension, byte... packed) {
        return new Bits(dimension, packed.clone());
    }

    /** The vector that is stored as an element type. */
    static VectorData read(ElementType type, MemorySegment source, long offset, int dimension) {
        return type == ElementType.BIT
                ? Bits.read(source, offset, dimension)
                : Floats.read(type, source, offset, dimension);
    }

    /** Number of components. */
    int dimension();

    /** Bytes of the components as they are here: 32-bit floats, packed bits. */
    int byteLength();

    /**
     * Writes the components as stored: floats little-endian and rounded to the type, bits packed.
     *
     * @param type of the kind of this vector; its {@link ElementType#overflow} exceeds all components
     */
    void copyTo(ElementType type, MemorySegment target, long offset);

    /** What is read back after the components were stored as that type of the kind of this vector. */
    VectorData rounded(ElementType type);

    /** 32-bit floats. */
    final class Floats implements VectorData {

        private static final int MAGNITUDE = 0x7FFF_FFFF;

        private final float[] components;

        private Floats(float[] components) {
            this.components = components;
        }

        /** The vector stored there as that type. */
        public static Floats read(ElementType type, MemorySegment source, long offset, int dimension) {
            float[] components = new float[dimension];
            type.read(source, offset, components);
            return new Floats(components);
        }

        /** Component {@code index}. */
        public float get(int index) {
            return components[index];
        }

        /** A copy of the components. */
        public float[] toArray() {
            return components.clone();
        }

        /** The largest magnitude of a component; NaN when one is NaN. */
        public float largestMagnitude() {
            // An integer maximum, because the compiler vectorizes it. NaN is the largest of all.
            int largest = 0;
            for (float component : components) {
                largest = Math.max(largest, Float.floatToRawIntBits(component) & MAGNITUDE);
            }
            return Float.intBitsToFloat(largest);
        }

        /** Index of the first component that is NaN or whose magnitude is at least {@code limit}; -1 when there is none. */
        public int firstNotBelow(float limit) {
            for (int i = 0; i < components.length; i++) {
                if (!(Math.abs(components[i]) < limit)) {
                    return i;
                }
            }
            return -1;
        }

        @Override
        public int dimension() {
            return components.length;
        }

        @Override
        public int byteLength() {
            return components.length * Float.BYTES;
        }

        @Override
        public void copyTo(ElementType type, MemorySegment target, long offset) {
            type.write(components, target, offset);
        }

        @Override
        public Floats rounded(ElementType type) {
            if (type == ElementType.FLOAT32) {
                return this;
            }
            float[] rounded = new float[components.length];
            for (int i = 0; i < rounded.length; i++) {
                rounded[i] = type.rounded(components[i]);
            }
            return new Floats(rounded);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Floats floats && Arrays.equals(components, floats.components);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(components);
        }

        @Override
        public String toString() {
            return Arrays.toString(components);
        }
    }

    /** Bits, packed into bytes. */
    final class Bits implements VectorData {

        private final int dimension;
        private final byte[] packed;

        private Bits(int dimension, byte[] packed) {
            if (dimension < 1 || packed.length != Math.ceilDiv(dimension, Byte.SIZE)) {
                throw new IllegalArgumentException("bytes=" + packed.length + " for dimension=" + dimension
                        + ", allowed: dimension / 8 bytes, rounded up, and a dimension of at least 1");
            }
            int unused = packed.length * Byte.SIZE - dimension;
            if ((packed[packed.length - 1] & 0xFF) >>> (Byte.SIZE - unused) != 0) {
                throw new IllegalArgumentException("last byte=0x"
                        + HexFormat.of().toHexDigits(packed[packed.length - 1]) + ", allowed: the top " + unused
                        + " bits zero, for dimension=" + dimension);
            }
            this.dimension = dimension;
            this.packed = packed;
        }

        /** The vector stored there. */
        public static Bits read(MemorySegment source, long offset, int dimension) {
            byte[] packed = new byte[Math.ceilDiv(dimension, Byte.SIZE)];
            MemorySegment.copy(source, ValueLayout.JAVA_BYTE, offset, packed, 0, packed.length);
            return new Bits(dimension, packed);
        }

        /** Component {@code index}. */
        public boolean get(int index) {
            return (packed[index >>> 3] >>> (index & 7) & 1) == 1;
        }

        /** A copy of the packed bytes. */
        public byte[] toArray() {
            return packed.clone();
        }

        @Override
        public int dimension() {
            return dimension;
        }

        @Override
        public int byteLength() {
            return packed.length;
        }

        @Override
        public void copyTo(ElementType type, MemorySegment target, long offset) {
            MemorySegment.copy(packed, 0, target, ValueLayout.JAVA_BYTE, offset, packed.length);
        }

        @Override
        public Bits rounded(ElementType type) {
            return this;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Bits bits && dimension == bits.dimension && Arrays.equals(packed, bits.packed);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(packed);
        }

        @Override
        public String toString() {
            return "0x" + HexFormat.of().formatHex(packed);
        }
    }
}
