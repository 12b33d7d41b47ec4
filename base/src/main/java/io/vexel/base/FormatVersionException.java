package io.vexel.base;

/** The volume or file is of a kind, a version or with features that this program does not know. */
public final class FormatVersionException extends VexelException {

    private static final long serialVersionUID = 1L;

    private final long found;
    private final long supported;

    /**
     * @param found version or feature bits found
     * @param supported version or feature bits this program knows
     */
    public FormatVersionException(String message, long found, long supported) {
        super(message);
        this.found = found;
        this.supported = supported;
    }

    /** Version or feature bits found. */
    public long found() {
        return found;
    }

    /** Version or feature bits this program knows. */
    public long supported() {
        return supported;
    }
}
