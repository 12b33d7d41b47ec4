package io.vexel.filesystem;

import io.vexel.base.Checks;
import java.lang.foreign.MemorySegment;

/**
 * A write that the body of a transaction is going to make, told ahead. See {@link FileSystem#apply(java.util.List, java.util.function.Consumer)}.
 *
 * @param inode a file
 * @param offset of the first byte, at least 0
 * @param source the memory that the body will hand to {@link Transaction#write}; it does not change until apply returns
 */
public record PlannedWrite(long inode, long offset, MemorySegment source) {

    /** Checks the offset. */
    public PlannedWrite {
        Checks.inRange("offset", offset, 0, Long.MAX_VALUE - source.byteSize());
    }
}
