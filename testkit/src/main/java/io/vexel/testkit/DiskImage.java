package io.vexel.testkit;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;

/**
 * The contents of a small disk as pages that several images share until one of them writes: a copy costs one array of
 * references. Pages never written are zeros. Not for concurrent use while it is written; any number of threads may
 * {@link #copy} and read an image that nobody writes.
 */
public final class DiskImage {

    static final int PAGE_BYTES = 4096;

    private final long size;
    private final byte[][] pages;
    private final BitSet owned = new BitSet();

    private DiskImage(long size, byte[][] pages) {
        this.size = size;
        this.pages = pages;
    }

    /** An image of zeros; {@code size} is at most 1 TiB and sensibly below 1 GiB. */
    public static DiskImage zeros(long size) {
        return new DiskImage(size, new byte[Math.toIntExact(Math.ceilDiv(size, PAGE_BYTES))][]);
    }

    /** A second image with the same contents. This one must not be written any more, or only through {@link #detach}. */
    public DiskImage copy() {
        return new DiskImage(size, pages.clone());
    }

    /** As {@link #copy}, for an image that goes on being written: its pages count as shared from now on. */
    public DiskImage detach() {
        owned.clear();
        return copy();
    }

    public long size() {
        return size;
    }

    void read(long offset, MemorySegment target) {
        long done = 0;
        while (done < target.byteSize()) {
            int page = (int) ((offset + done) / PAGE_BYTES);
            int within = (int) ((offset + done) % PAGE_BYTES);
            long length = Math.min(PAGE_BYTES - within, target.byteSize() - done);
            byte[] bytes = pages[page];
            if (bytes == null) {
                target.asSlice(done, length).fill((byte) 0);
            } else {
                MemorySegment.copy(bytes, within, target, ValueLayout.JAVA_BYTE, done, (int) length);
            }
            done += length;
        }
    }

    void write(long offset, byte[] source, int from, int length) {
        int done = 0;
        while (done < length) {
            int page = (int) ((offset + done) / PAGE_BYTES);
            int within = (int) ((offset + done) % PAGE_BYTES);
            int count = Math.min(PAGE_BYTES - within, length - done);
            System.arraycopy(source, from + done, writable(page, count), within, count);
            done += count;
        }
    }

    /** Flips one bit of the medium. */
    public void flipBit(long offset, int bit) {
        byte[] page = writable((int) (offset / PAGE_BYTES), 1);
        page[(int) (offset % PAGE_BYTES)] ^= (byte) (1 << bit);
    }

    /** Bytes {@code offset..offset+length} as an array. */
    public byte[] bytes(long offset, int length) {
        byte[] result = new byte[length];
        read(offset, MemorySegment.ofArray(result));
        return result;
    }

    /** Replaces bytes of the medium, past every device. */
    public void put(long offset, byte[] bytes) {
        write(offset, bytes, 0, bytes.length);
    }

    private byte[] writable(int page, int count) {
        byte[] bytes = pages[page];
        if (bytes == null) {
            bytes = new byte[PAGE_BYTES];
        } else if (!owned.get(page)) {
            bytes = count == PAGE_BYTES ? new byte[PAGE_BYTES] : bytes.clone();
        }
        owned.set(page);
        pages[page] = bytes;
        return bytes;
    }
}
