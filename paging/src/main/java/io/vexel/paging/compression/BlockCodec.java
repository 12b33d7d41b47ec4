package io.vexel.paging.compression;

/** A format of compressed blocks. Works on native memory, reads and writes nothing outside of it, and is for one thread at a time. */
interface BlockCodec {

    /** What {@link #compress} answers when the room is too small. */
    int NO_ROOM = -1;

    /**
     * Compresses a block.
     *
     * @param bytes of the block, 1..2^16
     * @param room bytes at the target, up to which it may be written; what is written there is undefined when they do not suffice
     * @return bytes of the compressed block, or {@link #NO_ROOM}
     */
    int compress(long source, int bytes, long target, int room);

    /**
     * Decompresses a block.
     *
     * @param bytes of the compressed block
     * @param length of the block, exactly
     * @return false when the bytes are no block of this length; the target is undefined then
     */
    boolean decompress(long source, int bytes, long target, int length);
}
