package io.vexel.filesystem;

import static io.vexel.filesystem.Superblock.GROUP_BLOCKS;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Blocks freed by a commit that is not durable yet, so that nobody may take them. Bits per group, as in the bitmaps. */
final class PendingFrees {

    private final Map<Long, long[]> groups = new HashMap<>();
    private final List<Span> spans = new ArrayList<>();
    private long blocks;

    void add(Span span) {
        spans.add(span);
        blocks += span.blocks();
        for (long block = span.start(); block < span.end(); block++) {
            words(block)[word(block)] |= 1L << block;
        }
    }

    /** Takes back the spans added since there were {@code count} of them. */
    void truncate(int count) {
        while (spans.size() > count) {
            Span span = spans.removeLast();
            blocks -= span.blocks();
            for (long block = span.start(); block < span.end(); block++) {
                words(block)[word(block)] &= ~(1L << block);
            }
        }
    }

    boolean contains(long block) {
        long[] words = groups.get(block / GROUP_BLOCKS);
        return words != null && (words[word(block)] & 1L << block) != 0;
    }

    /** Marks the group's pending blocks as used in its bitmap words. */
    void markUsed(long group, long[] bitmap) {
        long[] words = groups.get(group);
        if (words != null) {
            for (int i = 0; i < words.length; i++) {
                bitmap[i] |= words[i];
            }
        }
    }

    List<Span> spans() {
        return spans;
    }

    long blocks() {
        return blocks;
    }

    private long[] words(long block) {
        return groups.computeIfAbsent(block / GROUP_BLOCKS, _ -> new long[GROUP_BLOCKS / Long.SIZE]);
    }

    private static int word(long block) {
        return (int) (block % GROUP_BLOCKS) / Long.SIZE;
    }
}
