package io.vexel.index;

/**
 * The pages of a checkpoint, read piece by piece through a cache, for an index that does not fit into memory. Safe for use by any number of threads,
 * save that nobody may read while it is closed. What is read does not change.
 */
public interface SavedPages extends AutoCloseable {

    /**
     * Copies bytes of a sequence of pages, which lie one behind the other as if they were one piece.
     *
     * @param space which sequence of pages, 0..7
     * @param offset of the first byte from the start of page 0; all bytes lie within the sequence
     * @param target native address that they are copied to
     * @param bytes how many
     * @throws io.vexel.base.CorruptionException when a page is missing or a block of it is damaged; what is at the target then is not to be used
     * @throws io.vexel.base.VexelException when it cannot be read
     */
    void read(int space, long offset, long target, int bytes);

    /**
     * Says what will be read soon, so that pieces which have to come from a device may come together. A hint: what cannot be had is passed over, and
     * nothing of it has to be read.
     */
    default void expect(SavedPieces pieces) {
        // Each piece comes when it is read.
    }

    /** Gives the memory of the cache back. */
    @Override
    void close();
}
