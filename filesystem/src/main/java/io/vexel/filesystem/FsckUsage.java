package io.vexel.filesystem;

import java.util.HashMap;
import java.util.Map;

/** Which blocks somebody was found to hold: bits per group, kept for groups with any. */
final class FsckUsage {

    /** Of a group without marks; never written. */
    private static final long[] NOTHING = new long[Superblock.GROUP_BLOCKS / Long.SIZE];

    private final Map<Long, long[]> groups = new HashMap<>();
    private long lastGroup = -1;
    private long[] lastWords = NOTHING;
    private boolean lastMarked;

    /** Returns false when the block was marked before. */
    boolean mark(long block) {
        long[] words = words(block, true);
        boolean fresh = (words[word(block)] & 1L << block) == 0;
        words[word(block)] |= 1L << block;
        return fresh;
    }

    /** Marks a run of which nothing was marked before; otherwise returns false and marks nothing. */
    boolean markFresh(Span run) {
        for (long block = run.start(); block < run.end(); block = wordEnd(block)) {
            if ((words(block, false)[word(block)] & mask(block, run.end())) != 0) {
                return false;
            }
        }
        for (long block = run.start(); block < run.end(); block = wordEnd(block)) {
            words(block, true)[word(block)] |= mask(block, run.end());
        }
        return true;
    }

    /** The bits of a word that stand for the blocks from {@code block} on, up to the word's end or {@code end}. */
    static long mask(long block, long end) {
        long count = Math.min(end, wordEnd(block)) - block;
        return -1L >>> (Long.SIZE - count) << block;
    }

    /** The first block of the next word. */
    static long wordEnd(long block) {
        return (block / Long.SIZE + 1) * Long.SIZE;
    }

    /** Where the block's word stands among those of its group. */
    private static int word(long block) {
        return (int) (block % Superblock.GROUP_BLOCKS) / Long.SIZE;
    }

    boolean contains(long block) {
        return (words(block, false)[word(block)] & 1L << block) != 0;
    }

    /** The words of the block's group. Blocks come in runs: one look-up serves a run. */
    private long[] words(long block, boolean writable) {
        long group = block / Superblock.GROUP_BLOCKS;
        if (group != lastGroup || (writable && !lastMarked)) {
            lastWords = writable
                    ? groups.computeIfAbsent(group, _ -> new long[NOTHING.length])
                    : groups.getOrDefault(group, NOTHING);
            lastMarked = writable || groups.containsKey(group);
            lastGroup = group;
        }
        return lastWords;
    }

    /** True when nothing in the group is marked. */
    boolean emptyGroup(long group) {
        return !groups.containsKey(group);
    }

    /** The group's bits, the first block in the lowest bit of the first word; a copy. */
    long[] words(long group) {
        return groups.getOrDefault(group, NOTHING).clone();
    }
}
