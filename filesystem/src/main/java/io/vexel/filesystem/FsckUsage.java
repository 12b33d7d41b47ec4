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
        int word = (int) (block % Superblock.GROUP_BLOCKS) / Long.SIZE;
        boolean fresh = (words[word] & 1L << block) == 0;
        words[word] |= 1L << block;
        return fresh;
    }

    boolean contains(long block) {
        return (words(block, false)[(int) (block % Superblock.GROUP_BLOCKS) / Long.SIZE] & 1L << block) != 0;
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
