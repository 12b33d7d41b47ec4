package io.vexel.cli.file;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;

/** fvecs, bvecs and ivecs: each row says its dimension anew, which must be that of the first. */
final class VecsReader implements RowReader {

    private final Input input;
    private final FileFormat format;
    private final int componentBytes;
    private int dimension;
    private long rows;

    VecsReader(Input input, FileFormat format) {
        this.input = input;
        this.format = format;
        this.componentBytes = format == FileFormat.BVECS ? Byte.BYTES : Float.BYTES;
    }

    @Override
    public Optional<Row> next() {
        if (input.atEnd()) {
            return Optional.empty();
        }
        long start = input.position();
        readDimension();
        float[] components = new float[dimension];
        fill(input.take(dimension * componentBytes, "the components of row " + rows), components);
        return Optional.of(Row.of(rows++, start, components));
    }

    private void readDimension() {
        long start = input.position();
        int found = input.take(Integer.BYTES, "the dimension of row " + rows).getInt();
        boolean first = dimension == 0;
        if (first ? found < 1 || found > MAX_DIMENSION : found != dimension) {
            String expected = first ? "a dimension in 1.." + MAX_DIMENSION : "dimension " + dimension + " as in row 0";
            throw input.malformed("row " + rows + " (byte " + start + ")", expected, Integer.toString(found));
        }
        if (first) {
            dimension = found;
            checkSize();
        }
    }

    /** A cut-off file is told before its first row is handed out. */
    private void checkSize() {
        long rest = input.size().orElse(0) % rowBytes();
        if (rest != 0) {
            long size = input.size().orElseThrow();
            throw input.malformed(
                    "row " + size / rowBytes() + " (byte " + (size - rest) + ")",
                    rowBytes() + " bytes a row of dimension " + dimension,
                    rest + " before the end of the file");
        }
    }

    private void fill(ByteBuffer source, float[] components) {
        switch (format) {
            case FVECS -> source.asFloatBuffer().get(components);
            case BVECS -> {
                for (int i = 0; i < components.length; i++) {
                    components[i] = source.get(i) & 0xFF;
                }
            }
            default -> {
                for (int i = 0; i < components.length; i++) {
                    components[i] = Exact.toFloat(input, rows, i, source.getInt(i * Integer.BYTES));
                }
            }
        }
    }

    private long rowBytes() {
        return Integer.BYTES + (long) dimension * componentBytes;
    }

    @Override
    public void skip(long count) {
        if (count > 0 && dimension == 0 && next().isPresent()) {
            skip(count - 1);
        } else if (count > 0 && dimension > 0) {
            long whole = Math.min(count, input.size().orElse(Long.MAX_VALUE) / rowBytes() - rows);
            if (input.size().isPresent()) {
                input.skip(whole * rowBytes());
                rows += whole;
            } else {
                RowReader.super.skip(count);
            }
        }
    }

    @Override
    public OptionalLong rowCount() {
        if (input.size().isEmpty() || dimension == 0) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(input.size().getAsLong() / rowBytes());
    }

    @Override
    public boolean byteComponents() {
        return format == FileFormat.BVECS;
    }

    @Override
    public Input input() {
        return input;
    }
}
