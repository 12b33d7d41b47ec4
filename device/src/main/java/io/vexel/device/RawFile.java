package io.vexel.device;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** The few calls that {@link FileDevice} needs of an open file. Buffers are native segments. Any thread may call. */
interface RawFile {

    /** Most bytes of one call; Linux itself stops a little below 2 GiB. */
    long MAX_TRANSFER_BYTES = 1L << 30;

    /** What {@link #descriptor} answers where there is none. */
    int NO_DESCRIPTOR = -1;

    /** The number by which the system knows the open file. */
    default int descriptor() {
        return NO_DESCRIPTOR;
    }

    long size() throws IOException;

    void resize(long bytes) throws IOException;

    /** Bytes read, 0 at the end of the file. */
    long read(long offset, MemorySegment target) throws IOException;

    /** Bytes written, perhaps fewer than given. */
    long write(long offset, MemorySegment source) throws IOException;

    /** Makes the data durable, and the metadata needed to read it back. */
    void sync() throws IOException;

    /** Frees the range where the file system can; false when it cannot, and then nothing happened. */
    boolean punchHole(long offset, long length) throws IOException;

    /** Takes the lock for the access that the file was opened with; false when somebody else has it. */
    boolean tryLock() throws IOException;

    /** Gives back the lock and the descriptor. */
    void close() throws IOException;
}
