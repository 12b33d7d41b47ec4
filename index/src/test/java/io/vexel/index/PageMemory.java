package io.vexel.index;

import io.vexel.base.CorruptionException;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/** Checkpoints in memory. */
final class PageMemory implements DerivedIndex.CheckpointSink, DerivedIndex.CheckpointSource {

    private final Map<Long, byte[]> pages = new HashMap<>();
    private final Map<Long, byte[]> pending = new HashMap<>();
    private byte[] head = {};
    int pagesOfLast;

    private static long key(int space, long page) {
        return (long) space << 56 | page;
    }

    @Override
    public void page(int space, long page, MemorySegment contents) {
        pending.put(key(space, page), contents.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
    }

    @Override
    public void finish(byte[] newHead) {
        pages.putAll(pending);
        pagesOfLast = pending.size();
        pending.clear();
        head = newHead.clone();
    }

    @Override
    public byte[] head() {
        return head.clone();
    }

    @Override
    public void pages(int space, long firstPage, MemorySegment target) {
        long count = target.byteSize() / PAGE_BYTES;
        for (long i = 0; i < count; i++) {
            byte[] page = pages.get(key(space, firstPage + i));
            if (page == null) {
                throw new CorruptionException(CorruptionException.NO_BLOCK, "page " + (firstPage + i) + " is missing");
            }
            MemorySegment.copy(MemorySegment.ofArray(page), 0, target, i * PAGE_BYTES, PAGE_BYTES);
        }
    }

    /** Flips some bits, mostly of one page or of the head. */
    void damage(Random random) {
        byte[][] victims = pages.values().toArray(byte[][]::new);
        byte[] victim = random.nextInt(4) == 0 ? head : victims[random.nextInt(victims.length)];
        int flips = 1 + random.nextInt(20);
        for (int i = 0; i < flips; i++) {
            victim[random.nextInt(victim.length)] ^= (byte) (1 << random.nextInt(8));
        }
        if (random.nextInt(10) == 0) {
            head = java.util.Arrays.copyOf(head, random.nextInt(head.length));
        }
    }

    PageMemory copy() {
        PageMemory copy = new PageMemory();
        pages.forEach((key, page) -> copy.pages.put(key, page.clone()));
        copy.head = head.clone();
        return copy;
    }
}
