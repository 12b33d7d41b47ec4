package io.vexel.cli.file;

import java.util.Optional;

/**
 * How the columns of a csv file are to be read.
 *
 * @param header whether the first line names the columns; empty: it does when its last cell is no number
 * @param idColumn name of the id column, or its number counted from 1; empty: the column named {@code id}, or else the first
 *     column when its cell in the first row is no number
 */
public record CsvShape(Optional<Boolean> header, Optional<String> idColumn) {

    /** Found out from the first lines. */
    public static final CsvShape AUTOMATIC = new CsvShape(Optional.empty(), Optional.empty());
}
