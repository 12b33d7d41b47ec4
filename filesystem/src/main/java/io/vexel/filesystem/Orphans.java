package io.vexel.filesystem;

import io.vexel.base.Bytes;

/**
 * Gives space back. Little is freed at once; a file with more is put on the orphan list, whose work is done in steps that each fit a
 * transaction, before the next body runs or at the next mount.
 */
final class Orphans {

    private final BlockStore store;
    private final Allocator allocator;
    private final FileContents.Limit limit;

    Orphans(BlockStore store, Allocator allocator) {
        this.store = store;
        this.allocator = allocator;
        this.limit = FileContents.Limit.of(store.geometry);
    }

    /** Frees the file's blocks behind its size, and the inode itself when nothing names it, now or in steps. */
    void release(Access access, Inode inode) {
        boolean small = inode.blocks() <= limit.blocks()
                && (inode.u32(InodeLayout.FLAGS_AT) & InodeLayout.FLAG_EXTENT_TREE) == 0;
        if (small && !isListed(inode)) {
            while (!step(access, inode)) {
                // A file with few blocks in few extents is done after at most a handful of rounds.
            }
            finish(access, inode);
        } else if (!isListed(inode)) {
            inode.set32(InodeLayout.FLAGS_AT, inode.u32(InodeLayout.FLAGS_AT) | InodeLayout.FLAG_ORPHAN);
            inode.set64(InodeLayout.NEXT_ORPHAN_AT, first(access));
            store.modifyState(access).set(Layouts.U64, StateLayout.ORPHAN_AT, inode.number);
        }
    }

    boolean isListed(Inode inode) {
        return (inode.u32(InodeLayout.FLAGS_AT) & InodeLayout.FLAG_ORPHAN) != 0;
    }

    /** First inode of the list, 0 when it is empty. */
    long first(Access access) {
        return store.state(access).get(Layouts.U64, StateLayout.ORPHAN_AT);
    }

    /** Does one step for the first inode of the list, which must not be empty. */
    void reclaim(Access access) {
        Inode inode = Inode.of(access, store.geometry, first(access));
        if (step(access, inode)) {
            store.modifyState(access).set(Layouts.U64, StateLayout.ORPHAN_AT, inode.u64(InodeLayout.NEXT_ORPHAN_AT));
            inode.set64(InodeLayout.NEXT_ORPHAN_AT, 0);
            inode.set32(InodeLayout.FLAGS_AT, inode.u32(InodeLayout.FLAGS_AT) & ~InodeLayout.FLAG_ORPHAN);
            finish(access, inode);
        }
    }

    /** Completes pending work for an inode that is to grow again. */
    void settle(Access access, Inode inode) {
        while (isListed(inode) && !step(access, inode)) {
            // Ends because each step frees something; the transaction's limit ends it earlier with an error.
        }
    }

    private boolean step(Access access, Inode inode) {
        long from = inode.links() == 0 ? 0 : Bytes.ceilDiv(inode.size(), store.geometry.blockSize);
        return new FileContents(access, store, allocator).freeFrom(inode, from, limit);
    }

    private void finish(Access access, Inode inode) {
        if (inode.links() == 0) {
            inode.clear();
            allocator.freeInode(access, inode.number);
        }
    }
}
