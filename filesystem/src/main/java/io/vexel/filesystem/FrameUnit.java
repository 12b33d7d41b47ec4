package io.vexel.filesystem;

import io.vexel.memory.SparseRegion;
import java.lang.foreign.MemorySegment;

/**
 * Frames that are taken from the budget and given back together: one, or as many small ones as a page of 4 KiB holds. Guarded by the monitor of the
 * cache.
 */
final class FrameUnit {

    final SparseRegion slab;

    /** From the start of the slab. */
    final long offset;

    final Frame[] frames;

    /** Whether its frames are in the cache: there is memory for them, and they are not being given back. */
    boolean present;

    /** @param bytes of all frames together */
    FrameUnit(SparseRegion slab, long offset, long bytes, int blockSize) {
        this.slab = slab;
        this.offset = offset;
        this.frames = new Frame[(int) (bytes / blockSize)];
        MemorySegment memory = slab.segment(offset, bytes);
        for (int i = 0; i < frames.length; i++) {
            frames[i] = new Frame(memory.asSlice((long) i * blockSize, blockSize), this);
        }
    }

    /** Whether nothing is in its frames. */
    boolean isIdle() {
        for (Frame frame : frames) {
            if (!frame.idle) {
                return false;
            }
        }
        return present;
    }

    /** Whether no frame holds anything that is needed or cannot be read again. */
    boolean mayLeave() {
        for (Frame frame : frames) {
            if (!frame.idle && !frame.evictable()) {
                return false;
            }
        }
        return present;
    }

    /** Takes the second chances of its frames away; returns whether one had any. */
    boolean forgetUse() {
        boolean used = false;
        for (Frame frame : frames) {
            used |= frame.forgetUse();
        }
        return used;
    }
}
