package io.vexel.filesystem;

import java.lang.foreign.MemorySegment;

/**
 * The blocks a B+tree lives in, as the file system hands them out inside one operation. An instance belongs to one
 * tree (one inode, one node type) and one operation on one thread.
 *
 * <p>A segment covers the whole block, {@link #blockSize()} bytes. Its first {@link BlockHeader#BYTES} bytes are the block
 * header, which the file system writes and checks; a tree neither reads nor changes them. Segments stay valid, and show
 * later changes of the same operation, until the operation ends.
 */
interface TreeBlocks {

    /** Bytes of a block: a power of two from 1 KiB to 64 KiB. */
    int blockSize();

    /**
     * Takes a free block and counts it to the tree's inode. All bytes behind its header are zero.
     *
     * @throws io.vexel.base.CapacityException when the volume is full
     */
    long allocate();

    /** Gives a block back. Its segments must not be used afterwards. */
    void free(long block);

    /**
     * The block's bytes, not to be written.
     *
     * @throws io.vexel.base.CorruptionException when they do not match their checksum or are no node of this tree's type
     */
    MemorySegment read(long block);

    /** The block's bytes, to be changed in place; what they were is kept for undo. Throws as {@link #read} does. */
    MemorySegment modify(long block);
}
