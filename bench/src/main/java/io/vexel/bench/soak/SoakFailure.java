package io.vexel.bench.soak;

/** Something is not as it was promised: the soak ends, and the message says what was found. */
final class SoakFailure extends RuntimeException {

    private static final long serialVersionUID = 1;

    SoakFailure(String message) {
        super(message);
    }

    SoakFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
