package io.vexel.cli;

import io.vexel.cli.file.CsvShape;
import io.vexel.cli.file.FileFormat;
import io.vexel.cli.file.Input;
import io.vexel.cli.file.RowReader;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Option;

/** How a file of vectors is to be read. */
final class FileChoice {

    private static final String STANDARD_INPUT = "-";

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "fvecs, bvecs, ivecs, npy, csv or jsonl; by default what the name ends in.")
    Optional<FileFormat> format = Optional.empty();

    @Option(
            names = "--csv-header",
            paramLabel = "yes|no",
            description =
                    "Whether the first line of a csv names the columns; by default it does when its last cell is no number.")
    Optional<String> csvHeader = Optional.empty();

    @Option(
            names = "--id-column",
            paramLabel = "COLUMN",
            description =
                    "Name or number (from 1) of the id column of a csv; by default the one named id, or else the first one"
                            + " when it does not hold a number.")
    Optional<String> idColumn = Optional.empty();

    /** Opens the file, or standard input for {@code -}. */
    RowReader open(Verb verb, String file) {
        FileFormat chosen = format.or(() -> FileFormat.ofName(file))
                .orElseThrow(() -> verb.usage("the ending of '" + file + "' names no known format; --format "
                        + String.join("|", names()) + " says which it is"));
        Input input = file.equals(STANDARD_INPUT)
                ? Input.of(shown(file), Channels.newChannel(verb.terminal().in()))
                : Input.open(Path.of(file));
        try {
            return chosen.reader(input, new CsvShape(csvHeader.map(answer -> isYes(verb, answer)), idColumn));
        } catch (RuntimeException e) {
            input.close();
            throw e;
        }
    }

    /** The file as a message names it. */
    static String shown(String file) {
        return file.equals(STANDARD_INPUT) ? "standard input" : file;
    }

    private static boolean isYes(Verb verb, String answer) {
        return switch (answer.toLowerCase(Locale.ROOT)) {
            case "yes" -> true;
            case "no" -> false;
            default -> throw verb.usage("--csv-header=" + answer + ", allowed: yes, no");
        };
    }

    private static Iterable<String> names() {
        return Arrays.stream(FileFormat.values())
                .map(value -> value.name().toLowerCase(Locale.ROOT))
                .toList();
    }
}
