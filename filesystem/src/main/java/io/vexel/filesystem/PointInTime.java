package io.vexel.filesystem;

import java.lang.foreign.MemorySegment;

/** The blocks of a volume as its newest durable commit left them at one moment. Used by one thread. */
interface PointInTime extends AutoCloseable {

    /** Number of that commit; the state block has it as its generation. */
    long commit();

    /**
     * Reads consecutive blocks. Who has read a block puts it into the copy, and does so before he reads it again. The contents are not checked; of a
     * block that was free they are unspecified.
     *
     * @param block the first
     * @param target as many bytes as whole blocks have
     * @throws io.vexel.base.VexelException when that is not possible, or not possible any more
     */
    void read(long block, MemorySegment target);

    /** Bytes that were copied because they were about to be overwritten. */
    long preservedBytes();

    @Override
    void close();
}
