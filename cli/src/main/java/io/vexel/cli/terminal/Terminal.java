package io.vexel.cli.terminal;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.EnumSet;
import java.util.Set;

/**
 * The three standard streams, and which of them a person sits at.
 *
 * @param interactive the streams that are terminals
 */
public record Terminal(InputStream in, PrintStream out, PrintStream err, Set<Stream> interactive) {

    /** Set by the launcher: the numbers of the streams that are terminals, for instance {@code 012}. */
    private static final String PROPERTY = "vexel.terminal";

    /** The standard streams. */
    public enum Stream {
        IN("0"),
        OUT("1"),
        ERR("2");

        private final String number;

        Stream(String number) {
            this.number = number;
        }
    }

    public Terminal {
        interactive = Set.copyOf(interactive);
    }

    /** The streams of this process; without word from the launcher none of them counts as a terminal. */
    public static Terminal system(PrintStream err) {
        String numbers = System.getProperty(PROPERTY, "");
        Set<Stream> found = EnumSet.noneOf(Stream.class);
        for (Stream stream : Stream.values()) {
            if (numbers.contains(stream.number)) {
                found.add(stream);
            }
        }
        return new Terminal(new FileInputStream(FileDescriptor.in), System.out, err, found);
    }

    /** True when the stream is a terminal. */
    public boolean isInteractive(Stream stream) {
        return interactive.contains(stream);
    }
}
