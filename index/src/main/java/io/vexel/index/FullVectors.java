package io.vexel.index;

import java.lang.foreign.MemorySegment;

/**
 * Where a derived index reads full vectors of single rows, to rank what it found and to build. Safe for use by any thread.
 */
public interface FullVectors {

    /**
     * Native address of a row's elements, which stays readable as long as the index is open; 0 when the row is not in memory and the
     * budget does not let it in.
     */
    long address(long ordinal);

    /** Copies a row's elements; for rows without an address. */
    void read(long ordinal, MemorySegment target);
}
