package io.vexel.index;

import io.vexel.base.CorruptionException;
import io.vexel.memory.raw.RawMemory;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** Checkpoints in memory. */
final class PageMemory implements DerivedIndex.CheckpointSink, DerivedIndex.CheckpointSource {

    private static final int CACHED_BYTES = 4096;

    private final Map<Long, byte[]> pages = new HashMap<>();
    private final Map<Long, byte[]> pending = new HashMap<>();
    private final Map<Integer, Long> ended = new HashMap<>();
    private byte[] head = {};
    int pagesOfLast;

    /** Pages that were read in order. */
    final AtomicLong pagesRead = new AtomicLong();

    /** Whether there is room for more pages than have to be written; without it, an image is never put in order. */
    boolean roomy = true;

    /** The number of the page, counted from 0, at which the next checkpoint fails; as many as there are: at its end. */
    long failing = Long.MAX_VALUE;

    private static long key(int space, long page) {
        return (long) space << 56 | page;
    }

    @Override
    public boolean hasRoom(long count) {
        return roomy;
    }

    @Override
    public void page(int space, long page, MemorySegment contents) {
        failIfPlanned();
        pending.put(key(space, page), contents.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
    }

    @Override
    public void end(int space, long count) {
        ended.put(space, count);
    }

    private void failIfPlanned() {
        if (pending.size() >= failing) {
            pending.clear();
            ended.clear();
            failing = Long.MAX_VALUE;
            throw new CorruptionException(CorruptionException.NO_BLOCK, "planned failure");
        }
    }

    @Override
    public void finish(byte[] newHead) {
        failIfPlanned();
        pages.putAll(pending);
        ended.forEach((space, end) ->
                pages.keySet().removeIf(key -> key >= key(space, end) && key < key(space + 1, 0)));
        ended.clear();
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
        pagesRead.addAndGet(count);
        for (long i = 0; i < count; i++) {
            byte[] page = pages.get(key(space, firstPage + i));
            if (page == null) {
                throw new CorruptionException(CorruptionException.NO_BLOCK, "page " + (firstPage + i) + " is missing");
            }
            MemorySegment.copy(MemorySegment.ofArray(page), 0, target, i * PAGE_BYTES, PAGE_BYTES);
        }
    }

    /** The pages, piece by piece; every piece is copied by a look-up, as a cache would. */
    Pieces pieces() {
        return new Pieces();
    }

    /** Reads of pieces: they can be counted, and one of them can be made to fail. */
    final class Pieces implements SavedPages {

        final AtomicLong reads = new AtomicLong();
        final AtomicBoolean closed = new AtomicBoolean();

        /** Reads of pieces that were expected. */
        final AtomicLong foretold = new AtomicLong();

        private final Set<Long> expected = ConcurrentHashMap.newKeySet();

        /** Pages of 4 KiB that were read, by space and number. */
        final Set<Long> touched = ConcurrentHashMap.newKeySet();

        /** The number of the read that fails. */
        volatile long failing = Long.MAX_VALUE;

        @Override
        public void read(int space, long offset, long target, int bytes) {
            if (closed.get()) {
                throw new IllegalStateException("read after close");
            }
            if (reads.incrementAndGet() == failing) {
                throw new CorruptionException(CorruptionException.NO_BLOCK, "planned failure");
            }
            if (expected.contains(key(space, offset))) {
                foretold.incrementAndGet();
            }
            for (long page = offset / CACHED_BYTES; page <= (offset + bytes - 1) / CACHED_BYTES; page++) {
                touched.add(key(space, page));
            }
            for (int done = 0; done < bytes; ) {
                long at = offset + done;
                byte[] page = pages.get(key(space, at / PAGE_BYTES));
                if (page == null) {
                    throw new CorruptionException(CorruptionException.NO_BLOCK, "a page is missing");
                }
                int inPage = (int) (at % PAGE_BYTES);
                int length = Math.min(PAGE_BYTES - inPage, bytes - done);
                MemorySegment.copy(MemorySegment.ofArray(page), inPage, RawMemory.ALL, target + done, length);
                done += length;
            }
        }

        @Override
        public void expect(SavedPieces pieces) {
            if (closed.get()) {
                throw new IllegalStateException("expected after close");
            }
            for (int piece = 0; piece < pieces.count(); piece++) {
                expected.add(key(pieces.space(piece), pieces.offset(piece)));
            }
        }

        void forgetExpected() {
            expected.clear();
        }

        @Override
        public void close() {
            if (closed.getAndSet(true)) {
                throw new IllegalStateException("closed twice");
            }
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

    /** Flips bits of a byte. */
    void flip(int space, long offset, int bits) {
        pages.get(key(space, offset / PAGE_BYTES))[(int) (offset % PAGE_BYTES)] ^= (byte) bits;
    }

    /** Changes a little-endian number. */
    void setInt(int space, long offset, int value) {
        for (int i = 0; i < Integer.BYTES; i++) {
            pages.get(key(space, (offset + i) / PAGE_BYTES))[(int) ((offset + i) % PAGE_BYTES)] =
                    (byte) (value >>> 8 * i);
        }
    }

    /** Pages of a sequence. */
    int pageCount(int space) {
        return (int) pages.keySet().stream().filter(key -> key >>> 56 == space).count();
    }

    /** The saved row of a vertex of a graph with full rows, without marks and lock, and without the codes of empty slots. */
    byte[] row(GraphLayout layout, int vertex) {
        byte[] row = new byte[layout.rowBytes()];
        for (int i = 0; i < row.length; i++) {
            long at = (long) vertex * row.length + i;
            row[i] = pages.get(key(GraphImage.ROWS, at / PAGE_BYTES))[(int) (at % PAGE_BYTES)];
        }
        java.nio.ByteBuffer buffer = java.nio.ByteBuffer.wrap(row).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(layout.headerOffset() + GraphLayout.CHANGED, 0)
                .putInt(layout.headerOffset() + GraphLayout.LOCK, 0);
        int degree = buffer.getInt(layout.headerOffset() + GraphLayout.DEGREE);
        for (int slot = degree; slot < GraphLayout.LINKS; slot++) {
            for (int i = 0; i < 4 * layout.dimension(); i += 64) {
                int at = i + (slot < 16 ? 2 * slot : 2 * (slot - 16) + 1);
                row[at] = 0;
                row[at + 32] = 0;
            }
        }
        return row;
    }

    int headField(int field) {
        return java.nio.ByteBuffer.wrap(head)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .getInt(4 * field);
    }

    void setHeadField(int field, int value) {
        java.nio.ByteBuffer.wrap(head).order(java.nio.ByteOrder.LITTLE_ENDIAN).putInt(4 * field, value);
    }

    PageMemory copy() {
        PageMemory copy = new PageMemory();
        pages.forEach((key, page) -> copy.pages.put(key, page.clone()));
        copy.head = head.clone();
        return copy;
    }
}
