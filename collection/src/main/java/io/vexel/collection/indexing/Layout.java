package io.vexel.collection.indexing;

import io.vexel.base.Bytes;
import io.vexel.base.CorruptionException;
import io.vexel.base.Crc32c;
import io.vexel.base.FormatVersionException;
import io.vexel.filesystem.FileSystem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * What the files {@code index} and {@code index.head} have in common: a magic number, a format version, their length, features, and a
 * checksum at the end. Bits as in FORMAT.md section Indexes.
 */
final class Layout {

    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    static final int FORMAT_VERSION = 1;

    /** Bytes of the common part, with which a file begins. */
    static final int COMMON_BYTES = 32;

    private static final int VERSION_AT = 8;
    private static final int INCOMPATIBLE_AT = 24;
    private static final int LENGTH_AT = 16;

    private Layout() {}

    /** Bytes of a file whose contents, common part included, end at {@code end}. */
    static long fileBytes(long end) {
        return Bytes.roundUp(end, Long.BYTES) + Long.BYTES;
    }

    /** Fills in the common part and the checksum. */
    static void seal(MemorySegment file, long magic) {
        long crcAt = file.byteSize() - Long.BYTES;
        file.set(LONG, 0, magic);
        file.set(INT, VERSION_AT, FORMAT_VERSION);
        file.set(LONG, LENGTH_AT, file.byteSize());
        file.set(INT, crcAt, Crc32c.of(file.asSlice(0, crcAt)));
    }

    /**
     * Checks the common part and the checksum.
     *
     * @param name of the file, for messages
     * @throws CorruptionException when the file is damaged
     * @throws FormatVersionException when a newer program wrote it
     */
    static void check(MemorySegment file, long magic, String name) {
        if (file.byteSize() < COMMON_BYTES + Long.BYTES || file.get(LONG, 0) != magic) {
            throw corrupt(name, "this is no such file");
        }
        long crcAt = file.byteSize() - Long.BYTES;
        if (file.get(LONG, LENGTH_AT) != file.byteSize()
                || file.get(INT, crcAt) != Crc32c.of(file.asSlice(0, crcAt))
                || file.get(INT, crcAt + Integer.BYTES) != 0) {
            throw corrupt(name, "the checksum does not match");
        }
        int version = file.get(INT, VERSION_AT);
        long features = file.get(LONG, INCOMPATIBLE_AT);
        if (version != FORMAT_VERSION || features != 0) {
            throw new FormatVersionException(
                    name + ": format version=" + version + " features=0x" + Long.toHexString(features) + ", allowed: "
                            + FORMAT_VERSION + " without features",
                    version,
                    FORMAT_VERSION);
        }
    }

    /** Reads a whole file. */
    static MemorySegment read(FileSystem files, long inode, long mostBytes, String name) {
        long size = files.stat(inode).size();
        if (size > mostBytes) {
            throw corrupt(name, "bytes=" + size + ", allowed: at most " + mostBytes);
        }
        MemorySegment bytes = MemorySegment.ofArray(new byte[(int) size]);
        long got = files.read(inode, 0, bytes);
        return bytes.asSlice(0, got);
    }

    static CorruptionException corrupt(String name, String what) {
        return new CorruptionException(CorruptionException.NO_BLOCK, name + ": " + what);
    }
}
