package io.vexel.filesystem;

import java.util.ArrayList;
import java.util.List;

/** The running transaction: the changes of all bodies since the last one was closed. Guarded by the mutation lock. */
final class Compound {

    /** Commit number it will have. */
    final long number;

    /** Frames it may have changed, in the order in which they joined; each has a copy from before. */
    final List<Frame> enlisted = new ArrayList<>();

    final PendingFrees freed = new PendingFrees();

    /** True when file contents were written in place, which must be flushed before the record. */
    boolean orderedData;

    Compound(long number) {
        this.number = number;
    }

    boolean isEmpty() {
        return enlisted.isEmpty();
    }
}
