package io.vexel.base;

/** Stored bytes are not what was written: a checksum, a generation or an invariant does not hold. */
public final class CorruptionException extends VexelException {

    private static final long serialVersionUID = 1L;

    /** Block number of a finding that belongs to no single block. */
    public static final long NO_BLOCK = -1;

    private final long block;

    /** @param block file system block number, or {@link #NO_BLOCK} */
    public CorruptionException(long block, String message) {
        super(block == NO_BLOCK ? message : message + " (block=" + block + ")");
        this.block = block;
    }

    /** File system block number, or {@link #NO_BLOCK}. */
    public long block() {
        return block;
    }
}
