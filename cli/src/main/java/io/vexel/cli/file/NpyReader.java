package io.vexel.cli.file;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.OptionalLong;

/** A two-dimensional NumPy array. */
final class NpyReader implements RowReader {

    private final Input input;
    private final NpyHeader header;
    private long rows;

    NpyReader(Input input) {
        this.input = input;
        this.header = NpyHeader.read(input);
        if (input.size().isPresent()) {
            long bytes = input.size().getAsLong() - input.position();
            // Compared by division: the product of two numbers out of a file may overflow.
            if (bytes / header.rowBytes() != header.rows() || bytes % header.rowBytes() != 0) {
                throw input.malformed(
                        "byte " + input.position(),
                        header.rows() + " rows of " + header.rowBytes() + " bytes as the header says",
                        bytes + " bytes");
            }
        }
    }

    @Override
    public Optional<Row> next() {
        if (rows == header.rows()) {
            return Optional.empty();
        }
        long start = input.position();
        ByteBuffer source = input.take((int) header.rowBytes(), "row " + rows)
                .order(header.bigEndian() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        float[] components = new float[header.dimension()];
        if (header.type().equals("f4")) {
            source.asFloatBuffer().get(components);
        } else {
            for (int i = 0; i < components.length; i++) {
                components[i] = component(source, i);
            }
        }
        return Optional.of(Row.of(rows++, start, components));
    }

    private float component(ByteBuffer source, int index) {
        int at = index * header.componentBytes();
        return switch (header.type()) {
            case "f2" -> Float.float16ToFloat(source.getShort(at));
            case "f8" -> Exact.toFloat(input, rows, index, source.getDouble(at));
            case "i1" -> source.get(at);
            case "u1" -> source.get(at) & 0xFF;
            case "b1" -> source.get(at) == 0 ? 0 : 1;
            case "i2" -> source.getShort(at);
            case "u2" -> Short.toUnsignedInt(source.getShort(at));
            case "i4" -> Exact.toFloat(input, rows, index, (long) source.getInt(at));
            case "u4" -> Exact.toFloat(input, rows, index, Integer.toUnsignedLong(source.getInt(at)));
            case "i8" -> Exact.toFloat(input, rows, index, source.getLong(at));
            default -> unsignedLong(source.getLong(at), index);
        };
    }

    private float unsignedLong(long value, int index) {
        if (value < 0) {
            throw input.malformed(
                    "row " + rows + ", component " + index, "an integer below 2^63", Long.toUnsignedString(value));
        }
        return Exact.toFloat(input, rows, index, value);
    }

    @Override
    public void skip(long count) {
        long step = Math.min(count, header.rows() - rows);
        input.skip(step * header.rowBytes());
        rows += step;
    }

    @Override
    public OptionalLong rowCount() {
        return OptionalLong.of(header.rows());
    }

    @Override
    public boolean byteComponents() {
        return header.componentBytes() == 1;
    }

    @Override
    public Input input() {
        return input;
    }
}
