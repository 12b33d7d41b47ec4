package io.vexel.memory.raw;

import java.lang.foreign.MemorySegment;

/**
 * The whole native address space as one segment, so that a hot loop reads by address without a segment object and without
 * a bounds check per object. Whoever uses it has checked the bounds outside the loop; a wrong address kills the process.
 */
public final class RawMemory {

    /** Offset in this segment equals native address. Static and final, so the JIT folds it away. */
    public static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private RawMemory() {}
}
