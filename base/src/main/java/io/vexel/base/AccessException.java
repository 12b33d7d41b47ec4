package io.vexel.base;

/** The caller may not do this: a read-only volume, missing permission. */
public final class AccessException extends VexelException {

    private static final long serialVersionUID = 1L;

    public AccessException(String message) {
        super(message);
    }

    public AccessException(String message, Throwable cause) {
        super(message, cause);
    }
}
