package io.vexel.index;

/** The right to read a chunk's rows at their native address until closed. Used and closed by one thread. */
public interface ChunkLease extends AutoCloseable {

    /** Native address of the chunk's first row; any alignment. */
    long address();

    /** Rows that are readable, at least 1. */
    int rowCount();

    @Override
    void close();
}
