package io.vexel.base;

import java.util.Objects;

/**
 * An operating error: something outside the caller's code went wrong, or the stored state does not allow the request.
 * Programmer errors are {@link IllegalArgumentException} and {@link IllegalStateException} instead.
 *
 * <p>The family is sealed so that one exhaustive switch ({@link ErrorCode#of}) maps it to exit codes and errno.
 */
public abstract sealed class VexelException extends RuntimeException
        permits AccessException,
                CapacityException,
                ClosedException,
                ConflictException,
                CorruptionException,
                DeviceException,
                FormatVersionException,
                NotFoundException,
                ProtocolException {

    private static final long serialVersionUID = 1L;

    VexelException(String message) {
        super(message);
    }

    VexelException(String message, Throwable cause) {
        super(message, cause);
    }

    /** What happened, for a person; never null. */
    @Override
    public final String getMessage() {
        return Objects.requireNonNull(super.getMessage());
    }
}
