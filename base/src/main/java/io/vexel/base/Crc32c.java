package io.vexel.base;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4) over memory segments, with a prefix of 64-bit words that binds the bytes to
 * where and when they were written. The words are taken little-endian, before the bytes.
 */
public final class Crc32c {

    private Crc32c() {}

    /** Checksum of the whole segment. */
    public static int of(MemorySegment bytes) {
        CRC32C crc = new CRC32C();
        update(crc, bytes);
        return (int) crc.getValue();
    }

    /** Checksum of {@code first}, {@code second} and then the whole segment. */
    public static int of(long first, long second, MemorySegment bytes) {
        CRC32C crc = new CRC32C();
        updateWord(crc, first);
        updateWord(crc, second);
        update(crc, bytes);
        return (int) crc.getValue();
    }

    private static void updateWord(CRC32C crc, long word) {
        for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
            crc.update((int) (word >>> shift) & 0xFF);
        }
    }

    private static void update(CRC32C crc, MemorySegment bytes) {
        long offset = 0;
        while (offset < bytes.byteSize()) {
            long length = Math.min(bytes.byteSize() - offset, 1 << 30);
            MemorySegment part = bytes.asSlice(offset, length);
            if (part.heapBase().isPresent() && !(part.heapBase().get() instanceof byte[])) {
                crc.update(part.toArray(ValueLayout.JAVA_BYTE));
            } else {
                ByteBuffer buffer = part.asByteBuffer();
                crc.update(buffer);
            }
            offset += length;
        }
    }
}
