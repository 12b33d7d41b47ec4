package io.vexel.filesystem;

/** Offsets in the journal, FORMAT.md section 12. */
final class JournalLayout {

    static final int SLOT_BYTES = 512;
    static final int SLOT_MAGIC = 0x484A5856; // "VXJH"
    static final int SLOT_MAGIC_AT = 0;
    static final int SLOT_CRC_AT = 4;
    static final int SLOT_SEQUENCE_AT = 8;
    static final int SLOT_TAIL_AT = 16;
    static final int SLOT_TAIL_SEQUENCE_AT = 24;
    static final int SLOT_STATE_GENERATION_AT = 32;

    static final int RECORD_MAGIC = 0x524A5856; // "VXJR"
    static final int RECORD_MAGIC_AT = 0;
    static final int RECORD_CRC_AT = 4;
    static final int RECORD_SEQUENCE_AT = 8;
    static final int RECORD_BYTES_AT = 16;
    static final int RECORD_ENTRIES_AT = 20;
    static final int RECORD_TIME_AT = 24;
    static final int RECORD_HEADER_BYTES = 64;

    static final int TAG_BYTES = 16;
    static final int TAG_BLOCK_AT = 0;
    static final int TAG_LENGTH_AT = 8;
    static final int TAG_KIND_AT = 12;

    static final short KIND_IMAGE = 1;
    static final short KIND_DELTA = 2;
    static final short KIND_REVOKE = 3;

    /** Offset and length before the bytes of a DELTA range. */
    static final int RANGE_HEADER_BYTES = 8;

    private JournalLayout() {}

    /** Bytes between the two header slots, and from the second to the ring. */
    static long slotStride(int blockSize) {
        return Math.max(4096, blockSize);
    }

    /** Byte offset of the ring on the device. */
    static long ringOffset(Geometry geometry) {
        return geometry.offset(geometry.regions.journal().start()) + 2 * slotStride(geometry.blockSize);
    }

    /** The block of the volume that holds the ring position. */
    static long block(Geometry geometry, long position) {
        return (ringOffset(geometry) + position) / geometry.blockSize;
    }

    /** Bytes of the ring. */
    static long ringBytes(Geometry geometry) {
        return geometry.offset(geometry.regions.journal().blocks()) - 2 * slotStride(geometry.blockSize);
    }

    static long padded(long length) {
        return (length + 7) & ~7L;
    }
}
