package io.vexel.cli.terminal;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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

    /** Set by the launcher: a path that leads to the real standard error. */
    private static final String STDERR_PROPERTY = "vexel.stderr";

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
    public static Terminal ofProcess() {
        String numbers = System.getProperty(PROPERTY, "");
        Set<Stream> found = EnumSet.noneOf(Stream.class);
        for (Stream stream : Stream.values()) {
            if (numbers.contains(stream.number)) {
                found.add(stream);
            }
        }
        return new Terminal(new FileInputStream(FileDescriptor.in), System.out, standardError(), found);
    }

    /**
     * The launcher leads file descriptor 2 through a filter that takes out the JVM's notice about the incubating vector
     * module, and keeps the terminal itself on another descriptor. Where that cannot be opened, the filter serves.
     */
    private static PrintStream standardError() {
        String path = System.getProperty(STDERR_PROPERTY, "");
        if (!path.isEmpty() && Files.exists(Path.of(path))) {
            try {
                PrintStream direct = new PrintStream(new FileOutputStream(path, true), true, StandardCharsets.UTF_8);
                System.setErr(direct);
                return direct;
            } catch (IOException e) {
                return System.err;
            }
        }
        return System.err;
    }

    /** True when the stream is a terminal. */
    public boolean isInteractive(Stream stream) {
        return interactive.contains(stream);
    }
}
