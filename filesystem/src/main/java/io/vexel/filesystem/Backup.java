package io.vexel.filesystem;

import io.vexel.base.CorruptionException;
import io.vexel.device.BlockDevice;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.lang.foreign.MemorySegment;

/**
 * Makes a volume of the blocks of a point in time: goes down the chain of trust from the state block, copies every block that was written, each verified by
 * what its parent holds, and leaves out the rest. The copy gets an empty journal and no owner, as after a clean close. Its superblocks come last: until
 * then there is no volume.
 */
final class Backup implements AutoCloseable {

    /** What the memory is called in the budget. */
    static final String OWNER = "backup";

    /** Most bytes that are read at once. */
    static final int MOST_BYTES_AT_ONCE = 1 << 20;

    private static final int BUDGET_SHARE = 16;

    private final BlockStore store;
    private final Geometry geometry;
    private final BlockDevice target;
    private final BackupProgress progress;
    private final Region memory;

    /** One block of each level of the chain, and neighbors below it. */
    private final MemorySegment root;

    private final MemorySegment generations;
    private final MemorySegment checks;
    private final MemorySegment contents;

    /** The check entries of the run that is to be copied next. */
    private final long[] entries;

    private long runStart;
    private int runBlocks;
    private long digest;
    private long totalBytes;
    private long doneBytes;
    private long copiedBlocks;

    /**
     * @param store of the mount; only its geometry is used
     * @param target a device of zeros, as large as that of the volume; its sectors are no larger than a block and a journal unit
     * @param progress may end the backup by what it throws
     * @param mostBytes that are read at once, at least a block
     */
    Backup(BlockStore store, BlockDevice target, BackupProgress progress, MemoryBudget budget, int mostBytes) {
        this.store = store;
        this.geometry = store.geometry;
        this.target = target;
        this.progress = progress;
        int blockSize = geometry.blockSize;
        long bytes = Math.clamp(budget.limitBytes() / BUDGET_SHARE, blockSize, Math.max(blockSize, mostBytes));
        this.entries = new long[(int) (bytes / blockSize)];
        this.memory = Region.allocate(budget, OWNER, (entries.length + 3L) * blockSize);
        this.root = blocks(0, 1);
        this.generations = blocks(1, 1);
        this.checks = blocks(2, 1);
        this.contents = blocks(3, entries.length);
    }

    private MemorySegment blocks(long first, long count) {
        return memory.segment().asSlice(first * geometry.blockSize, count * geometry.blockSize);
    }

    /** Bytes of the blocks that the copy has. */
    long copiedBytes() {
        return copiedBlocks * geometry.blockSize;
    }

    /** Copies all blocks. There is no volume yet. */
    void copy(PointInTime point) {
        long expectedDigest = copyState(point);
        step();
        Span groups = geometry.regions.groupTable();
        for (long block = groups.start(); block < groups.end(); block++) {
            copyTop(point, block, BlockHeader.Type.GROUP_TABLE);
        }
        Span roots = geometry.regions.rootTable();
        for (long block = roots.start(); block < roots.end(); block++) {
            if (copyTop(point, block, BlockHeader.Type.ROOT_TABLE)) {
                copyBelowRoot(point, block);
            }
        }
        finishRun(point);
        if (digest != expectedDigest) {
            throw new CorruptionException(groups.start(), BlockStore.DIGEST_WRONG);
        }
    }

    /** Makes the copied blocks a volume, which is durable when this returns. */
    void finish(long commit) {
        for (long sequence = 1; sequence <= 2; sequence++) {
            JournalReader.Slot empty = new JournalReader.Slot(sequence, 0, commit + 1, commit);
            Journal.writeSlot(target, geometry, memory.segment(), empty);
        }
        target.flush();
        Mkfs.writeSuperblocks(target, geometry);
        doneBytes = totalBytes;
        step();
    }

    private void step() {
        progress.at(BackupOptions.COPYING, Math.min(doneBytes, totalBytes), totalBytes);
    }

    /** Returns the digest that group table and root table must have. */
    private long copyState(PointInTime point) {
        long block = geometry.regions.state().start();
        point.read(block, root);
        if (!BlockHeader.isSealed(root, BlockHeader.Type.STATE, block, geometry.volumeKey)
                || BlockHeader.generation(root) != point.commit()) {
            throw new CorruptionException(block, "the state block is damaged or stale");
        }
        write(block, root);
        long held = geometry.defaultFreeBlocks() - root.get(Layouts.U64, StateLayout.FREE_BLOCKS_AT);
        totalBytes = held * geometry.blockSize;
        return root.get(Layouts.U64, StateLayout.DIGEST_AT);
    }

    /** Copies a block of the group table or the root table; false when it counts as never written. */
    private boolean copyTop(PointInTime point, long block, BlockHeader.Type type) {
        point.read(block, root);
        if (!BlockHeader.isSealed(root, type, block, geometry.volumeKey)) {
            return false;
        }
        write(block, root);
        digest += Geometry.digestTerm(block, BlockHeader.generation(root));
        return true;
    }

    private void copyBelowRoot(PointInTime point, long rootBlock) {
        Span region = geometry.regions.generationTable();
        long index = rootBlock - geometry.regions.rootTable().start();
        int perBlock = Geometry.perBlock(geometry.blockSize, Geometry.GENERATION_ENTRY_BYTES);
        long first = region.start() + index * perBlock;
        for (long block = first; block < Math.min(first + perBlock, region.end()); block++) {
            int generation = root.get(Layouts.U32, geometry.rootOffset(block));
            if (generation != 0) {
                copyTable(point, block, generation, generations);
                copyBelowGenerations(point, block);
            }
        }
    }

    private void copyBelowGenerations(PointInTime point, long generationBlock) {
        Span region = geometry.regions.checkTable();
        long index = generationBlock - geometry.regions.generationTable().start();
        int perBlock = Geometry.perBlock(geometry.blockSize, Geometry.GENERATION_ENTRY_BYTES);
        long first = region.start() + index * perBlock;
        for (long block = first; block < Math.min(first + perBlock, region.end()); block++) {
            int generation = generations.get(Layouts.U32, geometry.generationOffset(block));
            if (generation != 0) {
                copyTable(point, block, generation, checks);
                copyBelowChecks(point, block);
                step();
            }
        }
    }

    private void copyTable(PointInTime point, long block, int generation, MemorySegment into) {
        point.read(block, into);
        store.check(block, Integer.toUnsignedLong(generation), into);
        write(block, into);
    }

    private void copyBelowChecks(PointInTime point, long checkBlock) {
        long index = checkBlock - geometry.regions.checkTable().start();
        int perBlock = Geometry.perBlock(geometry.blockSize, Geometry.CHECK_ENTRY_BYTES);
        long first = index * perBlock;
        for (long block = first; block < first + perBlock; block++) {
            long entry = checks.get(Layouts.U64, geometry.checkOffset(block));
            if (entry != 0) {
                if (block >= geometry.totalBlocks || !geometry.covered(block)) {
                    throw new CorruptionException(block, "a check entry stands for a block that has none");
                }
                add(point, block, entry);
            }
        }
    }

    private void add(PointInTime point, long block, long entry) {
        if (runBlocks == entries.length || (runBlocks > 0 && block != runStart + runBlocks)) {
            finishRun(point);
        }
        if (runBlocks == 0) {
            runStart = block;
        }
        entries[runBlocks++] = entry;
    }

    private void finishRun(PointInTime point) {
        if (runBlocks == 0) {
            return;
        }
        MemorySegment run = contents.asSlice(0, (long) runBlocks * geometry.blockSize);
        point.read(runStart, run);
        for (int i = 0; i < runBlocks; i++) {
            MemorySegment block = run.asSlice((long) i * geometry.blockSize, geometry.blockSize);
            store.check(runStart + i, entries[i], block);
        }
        write(runStart, run);
        if (runStart >= geometry.metadataEnd) {
            doneBytes += run.byteSize();
        }
        runBlocks = 0;
        step();
    }

    private void write(long block, MemorySegment bytes) {
        target.write(geometry.offset(block), bytes);
        copiedBlocks += bytes.byteSize() / geometry.blockSize;
    }

    @Override
    public void close() {
        memory.close();
    }
}
