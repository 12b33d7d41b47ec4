package io.vexel.cli.file;

import io.vexel.collection.Point;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Bare float32 rows: fvecs, where each row is led by its dimension, and npy version 1. */
final class ArrayWriter implements RowWriter {

    /** The npy head ends at a multiple of this. */
    private static final int NPY_ALIGNMENT = 64;

    private final Output output;
    private final ByteBuffer buffer;
    private final int lead;

    private ArrayWriter(Output output, int dimension, int lead) {
        this.output = output;
        this.lead = lead;
        this.buffer = ByteBuffer.allocate(lead + dimension * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }

    static ArrayWriter fvecs(Output output, int dimension) {
        ArrayWriter writer = new ArrayWriter(output, dimension, Integer.BYTES);
        writer.buffer.putInt(0, dimension);
        return writer;
    }

    static ArrayWriter npy(Output output, int dimension, long rows) {
        String dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }".formatted(rows, dimension);
        int head = Math.ceilDiv(10 + dictionary.length() + 1, NPY_ALIGNMENT) * NPY_ALIGNMENT;
        ByteBuffer bytes = ByteBuffer.allocate(head).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put((byte) 0x93)
                .put("NUMPY".getBytes(StandardCharsets.US_ASCII))
                .put((byte) 1)
                .put((byte) 0);
        bytes.putShort((short) (head - 10)).put(dictionary.getBytes(StandardCharsets.US_ASCII));
        while (bytes.remaining() > 1) {
            bytes.put((byte) ' ');
        }
        bytes.put((byte) '\n');
        output.write(bytes.array());
        return new ArrayWriter(output, dimension, 0);
    }

    @Override
    public void write(Point point) {
        buffer.position(lead);
        buffer.asFloatBuffer().put(RowWriter.components(point.vector()));
        output.write(buffer.array());
    }
}
