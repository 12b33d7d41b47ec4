package io.vexel.memory.zone;

/**
 * Whether a block can go away. Blocks of one mobility are kept together in groups of 2 MiB, so that those which stay do not lie scattered
 * among those which go.
 */
public enum Mobility {
    /** Stays until its owner frees it. */
    UNMOVABLE(0),
    /** Stays where it is, but its owner frees it when memory is short. */
    RECLAIMABLE(1),
    /** Its owner lets it be moved. */
    MOVABLE(2);

    static final int COUNT = 3;

    private final int index;

    Mobility(int index) {
        this.index = index;
    }

    /** Place in tables by mobility. */
    int index() {
        return index;
    }
}
