package io.vexel.filesystem;

import io.vexel.base.TimeSource;
import io.vexel.memory.MemoryBudget;

/**
 * How to mount.
 *
 * @param readOnly nothing is written, not even a replay: the journal is replayed into memory
 * @param budget where block buffers come from
 * @param time clock for timestamps
 */
public record MountOptions(boolean readOnly, MemoryBudget budget, TimeSource time) {

    /** Read-write, unlimited memory, system clock. */
    public static MountOptions defaults() {
        return new MountOptions(false, MemoryBudget.unlimited(), TimeSource.SYSTEM);
    }
}
