package io.vexel.filesystem;

import io.vexel.base.Bytes;
import io.vexel.base.ClosedException;
import io.vexel.device.BlockDevice;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The files of a mount that programs swap to. Each is an inode on the orphan list from its first block on: nobody can name it, and whatever ends the
 * mount, a crash too, the next one gives its space back. Until then {@link Orphans} passes it over.
 *
 * <pre>
 *  on the orphan list, held --blocks are taken, step by step--> open --closed--> on the orphan list --next body, or close--> free
 *              '------------------- no space ---------------------------------------^
 * </pre>
 */
final class SwapFiles {

    /** How the file system runs what making a file needs. */
    interface Runner {

        /** Runs a body as {@link FileSystem#apply} does. */
        void change(Consumer<Mutation> body);

        /** As {@link #change}, and waits until all that was changed so far is durable. */
        void changeDurably(Consumer<Mutation> body);

        /** Where the blocks of a file lie. */
        List<Extent> extents(long inode);
    }

    private final BlockStore store;
    private final Orphans orphans;
    private final Runner runner;

    /** With the monitor. */
    private final Set<SwapFile> open = new HashSet<>();

    private boolean closed;

    SwapFiles(BlockStore store, Orphans orphans, Runner runner) {
        this.store = store;
        this.orphans = orphans;
        this.runner = runner;
    }

    /** Takes blocks for a file and opens it; when there are too few, it gives back what it took. */
    BlockDevice create(long bytes) {
        long blocks = Bytes.ceilDiv(bytes, store.geometry.blockSize);
        long[] inode = new long[1];
        boolean made = false;
        try {
            // What was freed before may be taken only when that is durable.
            runner.changeDurably(mutation -> inode[0] = mutation.createHeld());
            runner.change(mutation -> mutation.requireFree(blocks));
            long[] end = new long[1];
            while (end[0] < blocks) {
                runner.change(mutation -> end[0] = mutation.extend(inode[0], blocks));
            }
            BlockDevice file = open(inode[0], blocks * store.geometry.blockSize);
            made = true;
            return file;
        } finally {
            if (!made) {
                orphans.letGo(inode[0]);
            }
        }
    }

    private BlockDevice open(long inode, long bytes) {
        SwapFile file = new SwapFile(
                store.device, store.geometry, runner.extents(inode), bytes, closing -> release(closing, inode));
        synchronized (this) {
            if (closed) {
                throw new ClosedException(store.device.name() + " is closed");
            }
            open.add(file);
        }
        return file;
    }

    private void release(SwapFile file, long inode) {
        synchronized (this) {
            open.remove(file);
        }
        orphans.letGo(inode);
    }

    /** Closes all, waiting for reads and writes that run: none touches the device afterwards. Opens none any more. */
    void close() {
        List<SwapFile> left;
        synchronized (this) {
            closed = true;
            left = new ArrayList<>(open);
        }
        left.forEach(SwapFile::close);
        orphans.letAllGo();
    }
}
