package io.vexel.index;

import io.vexel.base.CorruptionException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Checkpoints in memory; only what was finished can be read. */
final class PageStore implements DerivedIndex.CheckpointSink, DerivedIndex.CheckpointSource {

    private final Map<Long, byte[]> finished = new HashMap<>();
    private final Map<Long, byte[]> given = new HashMap<>();
    private final Map<Integer, Long> ended = new HashMap<>();
    private byte[] head = {};
    int pagesGiven;
    boolean failing;

    private static long key(int space, long page) {
        return (long) space << 56 | page;
    }

    @Override
    public void page(int space, long page, MemorySegment contents) {
        if (contents.byteSize() != PAGE_BYTES || space < 0 || space > 7) {
            throw new IllegalArgumentException("space=" + space + " bytes=" + contents.byteSize());
        }
        given.put(key(space, page), contents.toArray(ValueLayout.JAVA_BYTE));
        pagesGiven++;
    }

    @Override
    public void end(int space, long pages) {
        ended.put(space, pages);
    }

    @Override
    public void finish(byte[] newHead) {
        if (failing) {
            given.clear();
            ended.clear();
            throw new IllegalStateException("planned failure");
        }
        finished.putAll(given);
        ended.forEach((space, pages) ->
                finished.keySet().removeIf(key -> key >= key(space, pages) && key < key(space + 1, 0)));
        ended.clear();
        given.clear();
        head = newHead.clone();
    }

    @Override
    public byte[] head() {
        return head.clone();
    }

    @Override
    public void pages(int space, long firstPage, MemorySegment target) {
        for (int p = 0; p < target.byteSize() / PAGE_BYTES; p++) {
            byte[] page = finished.get(key(space, firstPage + p));
            if (page == null) {
                throw new CorruptionException(CorruptionException.NO_BLOCK, "no page " + (firstPage + p));
            }
            MemorySegment.copy(page, 0, target, ValueLayout.JAVA_BYTE, (long) p * PAGE_BYTES, PAGE_BYTES);
        }
    }

    /** All that a loader reads, to be damaged. */
    List<byte[]> everything() {
        List<byte[]> all = new ArrayList<>(finished.values());
        all.add(head);
        return all;
    }
}
