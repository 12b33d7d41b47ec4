package io.vexel.cli;

import io.vexel.collection.PointId;
import picocli.CommandLine.Option;

/** Which ids rows get that bring none: their number in the file. */
final class IdRule {

    @Option(
            names = "--id-offset",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Added to the row number that serves as id where the file has none (default: ${DEFAULT-VALUE}).")
    long offset;

    @Option(
            names = "--id-prefix",
            paramLabel = "TEXT",
            defaultValue = "",
            description = "Put before that number; the id is a text then.")
    String prefix = "";

    void check(Verb verb) {
        verb.inRange("--id-offset", offset, 0, Long.MAX_VALUE);
    }

    PointId idOf(long row) {
        long number = row + offset;
        return prefix.isEmpty() ? PointId.of(number) : PointId.of(prefix + Long.toUnsignedString(number));
    }
}
