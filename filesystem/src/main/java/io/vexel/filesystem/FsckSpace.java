package io.vexel.filesystem;

import io.vexel.base.VexelException;
import java.lang.foreign.MemorySegment;

/** Compares the block bitmaps with what was found in use, and the groups' counts with the bitmaps. */
final class FsckSpace {

    static final String PHASE = "free space";

    private static final int BITS = Superblock.GROUP_BLOCKS;

    private final FsckVolume volume;
    private final Geometry geometry;
    private final FsckState state;
    private final FsckUsage usage;
    private long used;

    FsckSpace(FsckVolume volume, FsckState state, FsckUsage usage) {
        this.volume = volume;
        this.geometry = volume.geometry;
        this.state = state;
        this.usage = usage;
    }

    /** Blocks that hold something. */
    long used() {
        return used;
    }

    void check(FsckProgress progress) {
        for (int group = 0; group < geometry.groups; group++) {
            progress.report(PHASE, group, geometry.groups);
            int defaultUsed = geometry.blocksOfGroup(group) - geometry.defaultFreeBlocks(group);
            if (state.hasBlockBitmap(group)) {
                checkBitmap(group);
            } else {
                used += defaultUsed;
                if (!usage.emptyGroup(group)) {
                    volume.findings.error("group " + group + " has blocks in use and no bitmap");
                }
            }
        }
        progress.report(PHASE, geometry.groups, geometry.groups);
    }

    private void checkBitmap(int group) {
        byte[] bitmap = new byte[Geometry.BITMAP_BYTES];
        try {
            for (int index = 0; index < bitmap.length; ) {
                int offset = geometry.blockBitmapOffset(group, index);
                int length = Math.min(bitmap.length - index, geometry.blockSize - offset);
                MemorySegment block = volume.covered(geometry.blockBitmapBlock(group, index));
                MemorySegment.copy(block, Layouts.U8, offset, bitmap, index, length);
                index += length;
            }
        } catch (VexelException e) {
            volume.findings.error("the block bitmap of group " + group + " cannot be used: " + e.getMessage());
            return;
        }
        compare(group, bitmap);
    }

    private void compare(int group, byte[] bitmap) {
        long base = (long) group * BITS;
        long[] held = usage.words(group);
        markDefaults(base, held);
        MemorySegment marked = MemorySegment.ofArray(bitmap);
        Run leaked = new Run("marked used and held by nobody");
        Run missing = new Run("marked free and in use");
        int free = 0;
        for (int word = 0; word < held.length; word++) {
            long bits = marked.get(Layouts.U64, (long) word * Long.BYTES);
            free += Long.bitCount(~bits);
            used += Long.bitCount(held[word]);
            leaked.note(base + (long) word * Long.SIZE, bits & ~held[word]);
            missing.note(base + (long) word * Long.SIZE, held[word] & ~bits);
        }
        used -= BITS - geometry.blocksOfGroup(group);
        leaked.report();
        missing.report();
        if (free != state.freeBlocks(group)) {
            volume.findings.error(
                    "group " + group + " counts " + state.freeBlocks(group) + " free blocks, its bitmap " + free);
        }
    }

    /** What is in use on every volume: metadata, copies of the superblock, and what lies behind the end. */
    private void markDefaults(long base, long[] words) {
        mark(base, words, new Span(0, geometry.metadataEnd));
        for (long copy : geometry.copies) {
            mark(base, words, new Span(copy, geometry.superblock.copyBlocks()));
        }
        mark(base, words, new Span(geometry.totalBlocks, BITS));
    }

    private static void mark(long base, long[] words, Span span) {
        long end = Math.min(span.end(), base + BITS);
        for (long block = Math.max(span.start(), base); block < end; block = FsckUsage.wordEnd(block)) {
            words[(int) (block - base) / Long.SIZE] |= FsckUsage.mask(block, end);
        }
    }

    /** Counts blocks with one mistake, so that a thousand of them are one finding. */
    private final class Run {
        private final String text;
        private long first;
        private long count;

        private Run(String text) {
            this.text = text;
        }

        private void note(long firstBlock, long wrong) {
            if (wrong != 0) {
                first = count == 0 ? firstBlock + Long.numberOfTrailingZeros(wrong) : first;
                count += Long.bitCount(wrong);
            }
        }

        private void report() {
            if (count > 0) {
                volume.findings.atBlock(first, count + " blocks of a group, from this one on, are " + text);
            }
        }
    }
}
