package io.vexel.base;

/** A peer or an input file does not follow its format. */
public final class ProtocolException extends VexelException {

    private static final long serialVersionUID = 1L;

    public ProtocolException(String message) {
        super(message);
    }

    public ProtocolException(String message, Throwable cause) {
        super(message, cause);
    }
}
