package io.vexel.memory.zone;

/** Moves blocks of an owner, so that free pages can be brought together. Called by one thread at a time for a block, with no lock held. */
@FunctionalInterface
public interface PageMover {

    /**
     * Copies a block and lets everything that refers to the old handle refer to the new one. From the moment this answers true, the old
     * block belongs to the allocator, and the owner must not free it; while it has not answered, the owner may free the old block only
     * if it then answers false.
     *
     * @param from handle of the block in use
     * @param to handle of a block of the same order, whose contents are undefined
     * @return false when the block is pinned or is being freed: it stays, and {@code to} is taken back
     */
    boolean move(long from, long to);
}
