package io.vexel.cli.file;

import java.util.Locale;
import java.util.Optional;

/** The kinds of files of vectors, known by the ending of the name. */
public enum FileFormat {
    /** Each row: int32 dimension, then float32 components; little-endian. */
    FVECS,
    /** Each row: int32 dimension, then one unsigned byte a component. */
    BVECS,
    /** Each row: int32 dimension, then int32 components. */
    IVECS,
    /** A two-dimensional NumPy array in C order, format versions 1 to 3. */
    NPY,
    /** Comma-separated values, with or without header and id column. */
    CSV,
    /** One JSON object a line: id, vector, payload. */
    JSONL;

    /** The format that the ending of a file name says, case ignored; {@code .ndjson} is JSONL. */
    public static Optional<FileFormat> ofName(String fileName) {
        String ending = fileName.substring(fileName.lastIndexOf('.') + 1).toUpperCase(Locale.ROOT);
        if (ending.equals("NDJSON")) {
            return Optional.of(JSONL);
        }
        for (FileFormat format : values()) {
            if (format.name().equals(ending)) {
                return Optional.of(format);
            }
        }
        return Optional.empty();
    }

    /** A reader of this format; it owns the input. */
    public RowReader reader(Input input, CsvShape csv) {
        return switch (this) {
            case FVECS, BVECS, IVECS -> new VecsReader(input, this);
            case NPY -> new NpyReader(input);
            case CSV -> new CsvReader(input, csv);
            case JSONL -> new JsonLinesReader(input);
        };
    }

    /** True when points can be exported in this format. */
    public boolean isWritable() {
        return this != BVECS && this != IVECS;
    }

    /**
     * A writer of this format.
     *
     * @param dimension components a row
     * @param rows how many will be written
     * @throws IllegalArgumentException when the format is only read
     */
    public RowWriter writer(Output output, int dimension, long rows) {
        return switch (this) {
            case FVECS -> ArrayWriter.fvecs(output, dimension);
            case NPY -> ArrayWriter.npy(output, dimension, rows);
            case CSV, JSONL -> new TextWriter(output, this, dimension);
            case BVECS, IVECS ->
                throw new IllegalArgumentException(
                        "format=" + name().toLowerCase(Locale.ROOT) + ", allowed for export: fvecs, npy, csv, jsonl");
        };
    }
}
