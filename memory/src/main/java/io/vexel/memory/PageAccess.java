package io.vexel.memory;

/** What can be done to pages of memory; anything else ends the process. */
public enum PageAccess {
    /** Nothing. */
    NONE(0),
    /** Reading. */
    READ(1),
    /** Reading and writing. */
    READ_WRITE(3);

    private final int bits;

    PageAccess(int bits) {
        this.bits = bits;
    }

    /** As mprotect(2) takes it. */
    int bits() {
        return bits;
    }
}
