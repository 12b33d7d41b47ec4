package io.vexel.base;

/** The stored state contradicts the request: the name exists already, the volume is locked by another process. */
public final class ConflictException extends VexelException {

    private static final long serialVersionUID = 1L;

    public ConflictException(String message) {
        super(message);
    }

    public ConflictException(String message, Throwable cause) {
        super(message, cause);
    }
}
