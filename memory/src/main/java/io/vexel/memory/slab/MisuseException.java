package io.vexel.memory.slab;

import java.io.Serial;

/** Memory was used wrongly: a mistake in the program. */
public final class MisuseException extends IllegalStateException {

    @Serial
    private static final long serialVersionUID = 1L;

    private final transient Misuse misuse;

    /** @param misuse what was found */
    public MisuseException(Misuse misuse) {
        super(misuse.toString());
        this.misuse = misuse;
    }

    /** What was found. */
    public Misuse misuse() {
        return misuse;
    }
}
