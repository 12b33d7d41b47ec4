package io.vexel.collection.store;

import io.vexel.base.Bytes;
import io.vexel.memory.Region;

/**
 * How many rows a chunk has: a power of two whose bytes lie between 2 and 16 MiB and waste little of the huge pages they take.
 *
 * @param rows rows of a full chunk
 * @param rowBytes bytes of a row
 */
record ChunkShape(int rows, int rowBytes) {

    private static final long LARGEST = 16 * Bytes.MIB;
    private static final double GOOD_ENOUGH = 0.95;

    static ChunkShape of(int rowBytes) {
        ChunkShape best = new ChunkShape(1, rowBytes);
        for (int rows = 1; (long) rows * rowBytes <= LARGEST; rows *= 2) {
            ChunkShape candidate = new ChunkShape(rows, rowBytes);
            boolean large = candidate.bytes() >= Region.HUGE_PAGE_BYTES;
            if (!large || (best.bytes() < Region.HUGE_PAGE_BYTES) || best.use() < GOOD_ENOUGH * candidate.use()) {
                best = candidate;
            }
        }
        return best;
    }

    /** Bytes of a full chunk. */
    long bytes() {
        return (long) rows * rowBytes;
    }

    private double use() {
        return bytes() / (double) Bytes.roundUp(bytes(), Region.HUGE_PAGE_BYTES);
    }
}
