package io.vexel.filesystem;

import io.vexel.base.Bytes;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Gives space back. Little is freed at once; a file with more is put on the orphan list, whose work is done in steps that each fit a
 * transaction, before the next body runs or at the next mount. Inodes on the list that this mount holds are passed over until they are let go.
 */
final class Orphans {

    private final BlockStore store;
    private final Allocator allocator;
    private final FileContents.Limit limit;

    /** Inodes on the list whose space is in use; added with the mutation lock, taken away by any thread. */
    private final Set<Long> held = ConcurrentHashMap.newKeySet();

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
            list(access, inode);
        }
    }

    private void list(Access access, Inode inode) {
        inode.set32(InodeLayout.FLAGS_AT, inode.u32(InodeLayout.FLAGS_AT) | InodeLayout.FLAG_ORPHAN);
        inode.set64(InodeLayout.NEXT_ORPHAN_AT, head(access));
        store.modifyState(access).set(Layouts.U64, StateLayout.ORPHAN_AT, inode.number);
    }

    /** Puts an inode that nothing names on the list, and keeps its space until it is let go or the mount ends. */
    void hold(Access access, Inode inode) {
        list(access, inode);
        held.add(inode.number);
    }

    /** The space of an inode may be given back; nothing happens when it was not held. */
    void letGo(long inode) {
        held.remove(inode);
    }

    void letAllGo() {
        held.clear();
    }

    boolean isListed(Inode inode) {
        return (inode.u32(InodeLayout.FLAGS_AT) & InodeLayout.FLAG_ORPHAN) != 0;
    }

    private long head(Access access) {
        return store.state(access).get(Layouts.U64, StateLayout.ORPHAN_AT);
    }

    private long next(Access access, long number) {
        return Inode.of(access, store.geometry, number).u64(InodeLayout.NEXT_ORPHAN_AT);
    }

    /** First inode of the list that is not held, 0 when there is none. */
    long first(Access access) {
        long number = head(access);
        while (number != 0 && held.contains(number)) {
            number = next(access, number);
        }
        return number;
    }

    /** Does one step for the first inode of the list that is not held; there must be one. */
    void reclaim(Access access) {
        long before = 0;
        long number = head(access);
        while (held.contains(number)) {
            before = number;
            number = next(access, number);
        }
        Inode inode = Inode.of(access, store.geometry, number);
        if (step(access, inode)) {
            long behind = inode.u64(InodeLayout.NEXT_ORPHAN_AT);
            if (before == 0) {
                store.modifyState(access).set(Layouts.U64, StateLayout.ORPHAN_AT, behind);
            } else {
                Inode.of(access, store.geometry, before).set64(InodeLayout.NEXT_ORPHAN_AT, behind);
            }
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
