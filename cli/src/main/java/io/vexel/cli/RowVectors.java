package io.vexel.cli;

import io.vexel.base.ProtocolException;
import io.vexel.cli.file.Row;
import io.vexel.cli.file.RowReader;
import io.vexel.collection.VectorData;
import io.vexel.distance.ElementType;

/**
 * Makes the rows of a file into vectors of one dimension and element type. Bits are read from components that are 0 or 1, or,
 * where a component is a byte and there are an eighth as many, from packed bytes.
 *
 * @param fileName for messages
 * @param byteComponents true when a component of the file is one byte
 */
record RowVectors(String fileName, boolean byteComponents, ElementType type, int dimension) {

    static RowVectors of(RowReader reader, ElementType type, int dimension) {
        return new RowVectors(reader.input().name(), reader.byteComponents(), type, dimension);
    }

    /** The dimension that a collection for such rows has. */
    static int dimensionFor(RowReader reader, Row first, ElementType type) {
        boolean packed = type == ElementType.BIT && reader.byteComponents();
        return packed ? first.components().length * Byte.SIZE : first.components().length;
    }

    VectorData vector(Row row) {
        float[] components = row.components();
        if (type == ElementType.BIT
                && byteComponents
                && components.length == Math.ceilDiv(dimension, Byte.SIZE)
                && components.length != dimension) {
            byte[] packed = new byte[components.length];
            for (int i = 0; i < packed.length; i++) {
                packed[i] = (byte) (int) components[i];
            }
            return checked(row, packed);
        }
        if (components.length != dimension) {
            throw malformed(
                    row, "dimension " + dimension + " as the collection has", components.length + " components");
        }
        return type == ElementType.BIT ? bits(row, components) : VectorData.of(components);
    }

    private VectorData bits(Row row, float[] components) {
        byte[] packed = new byte[Math.ceilDiv(dimension, Byte.SIZE)];
        for (int i = 0; i < components.length; i++) {
            if (components[i] != 0 && components[i] != 1) {
                throw malformed(
                        row, "0 or 1 as component " + i + ", since the collection holds bits", "" + components[i]);
            }
            packed[i / Byte.SIZE] |= (byte) ((int) components[i] << i % Byte.SIZE);
        }
        return VectorData.ofBits(dimension, packed);
    }

    private VectorData checked(Row row, byte[] packed) {
        try {
            return VectorData.ofBits(dimension, packed);
        } catch (IllegalArgumentException e) {
            throw new ProtocolException(
                    fileName + ": row " + row.number() + " (byte " + row.byteOffset() + "): " + e.getMessage(), e);
        }
    }

    private ProtocolException malformed(Row row, String expected, String found) {
        return new ProtocolException(fileName + ": row " + row.number() + " (byte " + row.byteOffset() + "): expected "
                + expected + ", found " + found);
    }
}
