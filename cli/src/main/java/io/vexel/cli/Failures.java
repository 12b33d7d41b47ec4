package io.vexel.cli;

import io.vexel.base.ErrorCode;
import io.vexel.base.ProtocolException;
import io.vexel.base.VexelException;
import io.vexel.engine.SearchTimeoutException;
import java.io.UncheckedIOException;
import java.util.concurrent.CancellationException;

/** The one place where an error becomes a line and an exit code. */
public final class Failures {

    /** Input or output of the command itself failed (sysexits.h EX_IOERR). */
    static final int EXIT_IO = 74;

    private Failures() {}

    /** What the process ends with. */
    public static int exitCode(Throwable failure) {
        return switch (failure) {
            // What is read here and does not follow its format is always a file that the user gave.
            case ProtocolException _ -> ErrorCode.EXIT_DATA;
            case VexelException e -> ErrorCode.of(e).exitCode();
            case IllegalArgumentException _ -> ErrorCode.EXIT_USAGE;
            case UncheckedIOException _ -> EXIT_IO;
            case SearchTimeoutException _ -> ErrorCode.EXIT_TIMEOUT;
            case CancellationException _ -> ErrorCode.EXIT_INTERRUPTED;
            default -> ErrorCode.EXIT_SOFTWARE;
        };
    }

    /** One line for the user. */
    public static String line(Throwable failure) {
        String message = String.valueOf(failure.getMessage()).replaceAll("\\s*\\R\\s*", " ");
        boolean expected = exitCode(failure) != ErrorCode.EXIT_SOFTWARE || failure instanceof IllegalStateException;
        return expected
                ? message
                : "this is a fault in vexel, --verbose shows where: "
                        + failure.getClass().getSimpleName() + (failure.getMessage() == null ? "" : ": " + message);
    }
}
