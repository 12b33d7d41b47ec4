package io.vexel.memory.slab;

import org.jspecify.annotations.Nullable;

/** Slabs in a row; each is in one list at most. */
final class SlabList {

    private @Nullable Slab first;
    private int count;

    @Nullable
    Slab first() {
        return first;
    }

    int count() {
        return count;
    }

    void add(Slab slab) {
        slab.previous = null;
        slab.next = first;
        if (first != null) {
            first.previous = slab;
        }
        first = slab;
        count++;
    }

    void remove(Slab slab) {
        if (slab.previous == null) {
            first = slab.next;
        } else {
            slab.previous.next = slab.next;
        }
        if (slab.next != null) {
            slab.next.previous = slab.previous;
        }
        slab.previous = null;
        slab.next = null;
        count--;
    }
}
