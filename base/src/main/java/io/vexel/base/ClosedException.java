package io.vexel.base;

/** The object was closed, or was poisoned by an earlier failure, before this call. */
public final class ClosedException extends VexelException {

    private static final long serialVersionUID = 1L;

    public ClosedException(String message) {
        super(message);
    }

    public ClosedException(String message, Throwable cause) {
        super(message, cause);
    }
}
