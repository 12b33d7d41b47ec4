package io.vexel.index;

/** The right to read rows of a chunk at their native address until closed. Used and closed by one thread. */
public interface ChunkLease extends AutoCloseable {

    /** Native address of the chunk's first row; any alignment. Rows in front of the first that was asked for need not be readable. */
    long address();

    /** The row of the chunk behind the last one that is readable: above the first that was asked for, below or above the end. */
    int rowEnd();

    @Override
    void close();
}
