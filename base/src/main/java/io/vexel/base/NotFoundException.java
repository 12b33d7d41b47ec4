package io.vexel.base;

/** What the request names does not exist. */
public final class NotFoundException extends VexelException {

    private static final long serialVersionUID = 1L;

    public NotFoundException(String message) {
        super(message);
    }

    public NotFoundException(String message, Throwable cause) {
        super(message, cause);
    }
}
