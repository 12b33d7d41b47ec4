package io.vexel.filesystem;

import java.util.HashMap;
import java.util.Map;

/** Which blocks somebody was found to hold: bits per group, kept for groups with any. */
final class FsckUsage {

    private final Map<Long, long[]> groups = new HashMap<>();

    /** Returns false when the block was marked before. */
    boolean mark(long block) {
        long[] words = groups.computeIfAbsent(
                block / Superblock.GROUP_BLOCKS, _ -> new long[Superblock.GROUP_BLOCKS / Long.SIZE]);
        int word = (int) (block % Superblock.GROUP_BLOCKS) / Long.SIZE;
        boolean fresh = (words[word] & 1L << block) == 0;
        words[word] |= 1L << block;
        return fresh;
    }

    boolean contains(long block) {
        long[] words = groups.get(block / Superblock.GROUP_BLOCKS);
        return words != null && (words[(int) (block % Superblock.GROUP_BLOCKS) / Long.SIZE] & 1L << block) != 0;
    }

    /** True when nothing in the group is marked. */
    boolean emptyGroup(long group) {
        return !groups.containsKey(group);
    }

    /** The group's bits, the first block in the lowest bit of the first word; a copy. */
    long[] words(long group) {
        long[] words = groups.get(group);
        return words == null ? new long[Superblock.GROUP_BLOCKS / Long.SIZE] : words.clone();
    }
}
