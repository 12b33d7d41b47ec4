package io.vexel.index;

import java.lang.foreign.MemorySegment;

/**
 * Where a derived index reads full vectors of single rows, to rank what it found and to build. Safe for use by any thread.
 *
 * <p>Rows may leave memory. Who uses addresses enters before it asks for them and leaves when it needs them no more, soon: what is to leave memory waits
 * for it. A search is inside all the time, without its index doing anything about it; so are a thread that makes, loads, sweeps or checks the index, and
 * one that inserts rows. An index that works for long on its own account enters and leaves itself.
 */
public interface FullVectors {

    /** Enters; the answer is for {@link #leave}. */
    default int enter() {
        return 0;
    }

    /** Addresses that were given since {@link #enter} are used no more. */
    default void leave(int entered) {
        // Rows that never leave memory.
    }

    /**
     * Native address of a row's elements, which stays readable until the caller leaves; 0 when the row is not in memory and does not come in.
     */
    long address(long ordinal);

    /** Copies a row's elements; for rows without an address. */
    void read(long ordinal, MemorySegment target);

    /**
     * Copies several rows, as {@link #read} does one after the other; those that have to be read from a device are read together where it can.
     *
     * @param ordinals of the rows, in any order
     * @param count how many of them count, from the first on
     * @param target as long as these rows, which lie in it one behind the other
     */
    default void readMany(long[] ordinals, int count, MemorySegment target) {
        long rowBytes = target.byteSize() / Math.max(1, count);
        for (int i = 0; i < count; i++) {
            read(ordinals[i], target.asSlice(i * rowBytes, rowBytes));
        }
    }
}
