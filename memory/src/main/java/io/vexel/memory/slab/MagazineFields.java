package io.vexel.memory.slab;

/** What changes in a magazine with each call, apart from what changes in that of another thread. */
abstract class MagazineFields extends MagazinePadding {

    int[] loaded = {};

    /** Slots that an array holds; 0 when closed, or in a cache that looks at each object, so that everything goes the slow way. */
    int rounds;

    int[] previous = {};
    int count;
    int previousCount;
    int drains;
    boolean closed;
    long allocations;
    long frees;
}
