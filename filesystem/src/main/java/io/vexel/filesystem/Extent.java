package io.vexel.filesystem;

/**
 * Consecutive blocks of a file that lie in consecutive blocks of the volume.
 *
 * @param logical first block of the file
 * @param physical first block of the volume; {@link #HOLE} where the file has no blocks
 * @param blocks how many
 */
record Extent(long logical, long physical, long blocks) {

    /** Physical block of a part without blocks, which reads as zeros. */
    static final long HOLE = 0;

    /** More than this is kept as another extent, since the format has 32 bits for it. */
    static final long MAX_BLOCKS = 1L << 31;

    /** No file reaches further: its size is at most 2^50 bytes and a block has at least 2^10. */
    static final long MAX_LOGICAL = 1L << 40;

    /** First block of the file behind it. */
    long end() {
        return logical + blocks;
    }

    boolean isHole() {
        return physical == HOLE;
    }
}
