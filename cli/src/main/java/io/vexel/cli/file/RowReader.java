package io.vexel.cli.file;

import io.vexel.base.ProtocolException;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Rows of a file in their order. All rows have the same dimension, 1..4096.
 *
 * <p>Methods throw {@link ProtocolException} when the file does not follow its format and
 * {@link java.io.UncheckedIOException} when it cannot be read.
 */
public interface RowReader extends AutoCloseable {

    /** Most components of a row. */
    int MAX_DIMENSION = 4096;

    /** The next row, empty at the end of the file. */
    Optional<Row> next();

    /** Passes over the next rows without handing them out; stops at the end of the file. */
    default void skip(long rows) {
        for (long i = 0; i < rows && next().isPresent(); i++) {
            // next() has moved on.
        }
    }

    /** Rows in the file, where the format and the file's size tell before reading. */
    OptionalLong rowCount();

    /** True when a component is one byte in the file, so that a row may stand for packed bits. */
    default boolean byteComponents() {
        return false;
    }

    /** The bytes read so far, for progress. */
    Input input();

    @Override
    default void close() {
        input().close();
    }
}
