package io.vexel.collection.indexing;

import io.vexel.base.Checks;
import io.vexel.index.Calibration;
import io.vexel.index.IndexKind;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What the file {@code index.head} holds: a checkpoint but for its pages.
 *
 * @param kind kind of the index that wrote it
 * @param generation counts checkpoints of the index, from 1
 * @param watermark rows below it that were alive are in the index
 * @param head what the index wants to have back
 * @param pages where its pages lie
 * @param calibration what the index knew of its recall
 */
record CheckpointHead(
        IndexKind kind,
        long generation,
        long watermark,
        MemorySegment head,
        NavigableMap<PageKey, PageSlot> pages,
        Optional<Calibration> calibration) {

    static final int MAX_HEAD_BYTES = 16 << 20;
    static final String NAME = "index.head";

    private static final long MAGIC = 0x3130_4441_4548_5856L; // the bytes of "VXHEAD01"
    private static final int KIND_AT = Layout.COMMON_BYTES;
    private static final int HEAD_BYTES_AT = Layout.COMMON_BYTES + 4;
    private static final int GENERATION_AT = Layout.COMMON_BYTES + 8;
    private static final int WATERMARK_AT = Layout.COMMON_BYTES + 16;
    private static final int PAGES_AT = Layout.COMMON_BYTES + 24;
    private static final int CALIBRATION_BYTES_AT = Layout.COMMON_BYTES + 28;
    private static final int FIXED_BYTES = Layout.COMMON_BYTES + 32;
    private static final int ENTRY_BYTES = 24;

    /** The number of pages of the largest volume. */
    private static final int MOST_PAGES = 1 << 26;

    /** Most bytes of the file. */
    static final long MAX_BYTES =
            Math.min(Integer.MAX_VALUE - 64L, MAX_HEAD_BYTES + (long) MOST_PAGES * ENTRY_BYTES + Calibration.MAX_BYTES);

    /**
     * A page of an index.
     *
     * @param space 0..7
     * @param page 0 or more
     */
    record PageKey(int space, long page) implements Comparable<PageKey> {

        private static final int SPACE_SHIFT = 56;
        private static final int MAX_SPACE = 7;

        PageKey {
            Checks.inRange("space", space, 0, MAX_SPACE);
            Checks.inRange("page", page, 0, (1L << SPACE_SHIFT) - 1);
        }

        long word() {
            return (long) space << SPACE_SHIFT | page;
        }

        static PageKey ofWord(long word) {
            return new PageKey((int) (word >>> SPACE_SHIFT), word & (1L << SPACE_SHIFT) - 1);
        }

        @Override
        public int compareTo(PageKey other) {
            return Long.compare(word(), other.word());
        }
    }

    /**
     * Where the newest state of a page lies.
     *
     * @param slot number of the slot in the file {@code index.pages}
     * @param crc checksum of key, generation and contents
     * @param generation the checkpoint that wrote it
     */
    record PageSlot(int slot, int crc, long generation) {}

    /** The same with another calibration. */
    CheckpointHead with(Optional<Calibration> newer) {
        return new CheckpointHead(kind, generation, watermark, head, pages, newer);
    }

    /** The bytes of the file. */
    MemorySegment encode() {
        Checks.inRange("pages", pages.size(), 0, MOST_PAGES);
        int headBytes = (int) head.byteSize();
        long entriesAt = entriesAt(headBytes);
        long calibrationAt = entriesAt + (long) pages.size() * ENTRY_BYTES;
        byte[] known = calibration.map(Calibration::encode).orElse(new byte[0]);
        long end = calibrationAt + known.length;
        MemorySegment file = MemorySegment.ofArray(new byte[(int) Layout.fileBytes(end)]);
        file.set(Layout.INT, KIND_AT, IndexChoice.code(kind));
        file.set(Layout.INT, HEAD_BYTES_AT, headBytes);
        file.set(Layout.LONG, GENERATION_AT, generation);
        file.set(Layout.LONG, WATERMARK_AT, watermark);
        file.set(Layout.INT, PAGES_AT, pages.size());
        file.set(Layout.INT, CALIBRATION_BYTES_AT, known.length);
        MemorySegment.copy(known, 0, file, ValueLayout.JAVA_BYTE, calibrationAt, known.length);
        file.asSlice(FIXED_BYTES, headBytes).copyFrom(head);
        long at = entriesAt;
        for (var entry : pages.entrySet()) {
            file.set(Layout.LONG, at, entry.getKey().word());
            file.set(Layout.INT, at + 8, entry.getValue().slot());
            file.set(Layout.INT, at + 12, entry.getValue().crc());
            file.set(Layout.LONG, at + 16, entry.getValue().generation());
            at += ENTRY_BYTES;
        }
        Layout.seal(file, MAGIC);
        return file;
    }

    private static long entriesAt(int headBytes) {
        return Layout.fileBytes(FIXED_BYTES + headBytes) - Long.BYTES;
    }

    /**
     * Reads the bytes of the file.
     *
     * @throws io.vexel.base.CorruptionException when they are damaged
     * @throws io.vexel.base.FormatVersionException when a newer program wrote them
     */
    static CheckpointHead decode(MemorySegment file, IndexKind kind) {
        Layout.check(file, MAGIC, NAME);
        try {
            return decodeVerified(file, kind);
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw Layout.corrupt(NAME, String.valueOf(e.getMessage()));
        }
    }

    private static CheckpointHead decodeVerified(MemorySegment file, IndexKind kind) {
        Checks.argument(
                file.get(Layout.INT, KIND_AT) == IndexChoice.code(kind),
                "kind=" + file.get(Layout.INT, KIND_AT) + ", allowed: that of " + kind.label());
        int headBytes = Checks.inRange("headBytes", file.get(Layout.INT, HEAD_BYTES_AT), 0, MAX_HEAD_BYTES);
        int count = Checks.inRange("pages", file.get(Layout.INT, PAGES_AT), 0, MOST_PAGES);
        long entriesAt = entriesAt(headBytes);
        int knownBytes = Checks.inRange(
                "calibrationBytes", file.get(Layout.INT, CALIBRATION_BYTES_AT), 0, Calibration.MAX_BYTES);
        long calibrationAt = entriesAt + (long) count * ENTRY_BYTES;
        Checks.argument(
                Layout.fileBytes(calibrationAt + knownBytes) == file.byteSize(),
                "bytes=" + file.byteSize() + " with pages=" + count + " headBytes=" + headBytes + " calibrationBytes="
                        + knownBytes);
        byte[] known = file.asSlice(calibrationAt, knownBytes).toArray(ValueLayout.JAVA_BYTE);
        TreeMap<PageKey, PageSlot> pages = new TreeMap<>();
        for (long at = entriesAt; pages.size() < count; at += ENTRY_BYTES) {
            PageKey key = PageKey.ofWord(file.get(Layout.LONG, at));
            if (!pages.isEmpty() && pages.lastKey().compareTo(key) >= 0) {
                throw new IllegalArgumentException("pages are not ascending: " + key);
            }
            int slot = Checks.inRange("slot", file.get(Layout.INT, at + 8), 0, MOST_PAGES);
            pages.put(key, new PageSlot(slot, file.get(Layout.INT, at + 12), file.get(Layout.LONG, at + 16)));
        }
        return new CheckpointHead(
                kind,
                Checks.inRange("generation", file.get(Layout.LONG, GENERATION_AT), 1, Long.MAX_VALUE),
                Checks.inRange("watermark", file.get(Layout.LONG, WATERMARK_AT), 0, Integer.MAX_VALUE),
                file.asSlice(FIXED_BYTES, headBytes),
                pages,
                knownBytes == 0 ? Optional.empty() : Calibration.decode(known));
    }
}
