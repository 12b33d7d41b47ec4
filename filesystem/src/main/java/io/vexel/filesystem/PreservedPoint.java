package io.vexel.filesystem;

import static io.vexel.filesystem.Superblock.GROUP_BLOCKS;

import io.vexel.base.Bytes;
import io.vexel.device.BlockDevice;
import io.vexel.device.BlockMarks;
import io.vexel.device.Preservation;
import io.vexel.device.PreservingDevice;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.lang.foreign.MemorySegment;

/**
 * The point in time of a mount that goes on being changed: what the blocks hold at home just after a checkpoint. A block that is about to be overwritten
 * goes into the copy before.
 */
final class PreservedPoint implements PointInTime {

    private static final long MOST_BUFFER_BYTES = 1 << 18;
    private static final int BUDGET_SHARE = 64;

    private final PreservingDevice device;
    private final Preservation preservation;
    private final int blockSize;
    private final long commit;

    private PreservedPoint(PreservingDevice device, Preservation preservation, BlockStore store) {
        this.device = device;
        this.preservation = preservation;
        this.blockSize = store.geometry.blockSize;
        this.commit = store.running().number - 1;
    }

    /**
     * Begins it. Needs leadership and the mutation lock, still, so that nothing is on its way to the device, and an empty journal.
     *
     * @param copy takes what is preserved
     * @throws io.vexel.base.CapacityException when the budget does not allow the marks
     */
    static PreservedPoint begin(BlockStore store, PreservingDevice device, BlockDevice copy, MemoryBudget budget) {
        int unit = Math.max(store.geometry.blockSize, Geometry.BITMAP_BYTES);
        long bytes = Math.clamp(budget.limitBytes() / BUDGET_SHARE, unit, Math.max(unit, MOST_BUFFER_BYTES));
        Region buffer = Region.allocate(budget, Backup.OWNER, Bytes.roundDown(bytes, unit));
        Preservation preservation;
        try {
            BlockMarks marks = used(store, budget, buffer.segment());
            preservation = new Preservation(device, copy, marks, store.geometry.blockSize, buffer);
        } catch (RuntimeException | Error e) {
            buffer.close();
            throw e;
        }
        device.begin(preservation);
        return new PreservedPoint(device, preservation, store);
    }

    /**
     * What is in use: by the bitmaps at home, and all metadata but head and journal, which a copy gets anew. A bitmap block that was never written stands for free
     * blocks and may hold anything, so more may be marked, which does no harm. One that is damaged may mark less: it is found when it is copied.
     */
    private static BlockMarks used(BlockStore store, MemoryBudget budget, MemorySegment buffer) {
        Geometry geometry = store.geometry;
        BlockMarks marks = new BlockMarks(budget, Backup.OWNER, geometry.totalBlocks);
        try {
            long together = buffer.byteSize() / Geometry.BITMAP_BYTES;
            for (long group = 0; group < geometry.groups; group += together) {
                long end = Math.min(geometry.groups, group + together);
                if (anyReady(store, group, end)) {
                    addBitmaps(store, new Span(group, end - group), buffer, marks);
                }
            }
            Span journal = geometry.regions.journal();
            marks.add(geometry.regions.state().start(), geometry.metadataEnd);
            marks.remove(journal.start(), journal.end());
            marks.remove(0, geometry.regions.state().start());
            return marks;
        } catch (RuntimeException | Error e) {
            marks.close();
            throw e;
        }
    }

    private static boolean anyReady(BlockStore store, long from, long end) {
        for (long group = from; group < end; group++) {
            if (isReady(store, group)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isReady(BlockStore store, long group) {
        Frame table = store.pin(store.geometry.groupBlock(group));
        try {
            int at = store.geometry.groupOffset(group) + Geometry.GROUP_FLAGS_AT;
            return (table.committed().get(Layouts.U32, at) & Geometry.GROUP_BLOCK_BITMAP_READY) != 0;
        } finally {
            store.unpin(table);
        }
    }

    /** Whole blocks of bitmaps are read at once. */
    private static void addBitmaps(BlockStore store, Span groups, MemorySegment buffer, BlockMarks marks) {
        Geometry geometry = store.geometry;
        long bytes = Bytes.roundUp(groups.blocks() * Geometry.BITMAP_BYTES, geometry.blockSize);
        MemorySegment bitmaps = buffer.asSlice(0, bytes);
        store.device.read(geometry.offset(geometry.blockBitmapBlock(groups.start(), 0)), bitmaps);
        for (long group = groups.start(); group < groups.end(); group++) {
            if (isReady(store, group)) {
                long at = (group - groups.start()) * Geometry.BITMAP_BYTES;
                for (int word = 0; word < Geometry.BITMAP_BYTES; word += Long.BYTES) {
                    marks.addWord(group * GROUP_BLOCKS + (long) word * Byte.SIZE, bitmaps.get(Layouts.U64, at + word));
                }
            }
        }
    }

    @Override
    public long commit() {
        return commit;
    }

    @Override
    public void read(long block, MemorySegment target) {
        preservation.take(block * blockSize, target);
    }

    @Override
    public long preservedBytes() {
        return preservation.preservedBytes();
    }

    @Override
    public void close() {
        device.end();
        preservation.close();
    }
}
