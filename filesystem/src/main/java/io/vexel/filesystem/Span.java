package io.vexel.filesystem;

/**
 * A run of consecutive blocks.
 *
 * @param start first block
 * @param blocks how many
 */
record Span(long start, long blocks) {

    /** The first block behind the run. */
    long end() {
        return start + blocks;
    }

    boolean contains(long block) {
        return block >= start && block < end();
    }
}
