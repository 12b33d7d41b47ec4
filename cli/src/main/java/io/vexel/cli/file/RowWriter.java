package io.vexel.cli.file;

import io.vexel.collection.Payload;
import io.vexel.collection.Point;
import io.vexel.collection.VectorData;

/** Writes points as rows of a file. */
public interface RowWriter {

    /** Writes one row; throws {@link java.io.UncheckedIOException} when the output fails. */
    void write(Point point);

    /** True when the format has room for ids and payloads. */
    default boolean keepsPayloads() {
        return false;
    }

    /** Components as numbers; a bit is 0 or 1. */
    static float[] components(VectorData vector) {
        return switch (vector) {
            case VectorData.Floats floats -> floats.toArray();
            case VectorData.Bits bits -> {
                float[] result = new float[bits.dimension()];
                for (int i = 0; i < result.length; i++) {
                    result[i] = bits.get(i) ? 1 : 0;
                }
                yield result;
            }
        };
    }

    /** A payload as one line. Line ends can stand in JSON only between tokens, where a space says the same. */
    static String oneLine(Payload payload) {
        return payload.json().replace('\n', ' ').replace('\r', ' ');
    }
}
