package io.vexel.collection.store;

import io.vexel.base.CorruptionException;
import io.vexel.base.Crc32c;
import io.vexel.collection.PointId;
import java.lang.foreign.MemorySegment;

/**
 * The bits of the id log, as FORMAT.md section Collections has them.
 *
 * <pre>
 *  frame:  0       4         8                                  8 + n
 *          +-------+---------+----------------------------------+
 *          | crc32c| n | more| operation, operation, ...        |
 *          +-------+---------+----------------------------------+
 *  operation: control byte, id, and for a put with payload a varint of the payload's bytes; or the control byte of a floor, a state or a gap, and one varint or two
 * </pre>
 *
 * The checksum covers the frame's offset in the file, the next ordinal at its start, and bytes 4 to the end. A batch is one or
 * more frames; all but the last have the top bit of the length word set.
 */
final class IdFrames {

    static final int HEADER_BYTES = 8;
    static final int MAX_BODY_BYTES = 1 << 20;

    /** Control byte, length and bytes of the longest text, varint of the largest payload. */
    static final int MAX_OPERATION_BYTES = 1 + 2 + PointId.MAX_TEXT_BYTES + 3;

    static final int MORE = 0x8000_0000;

    static final int DELETE = 0x01;
    static final int FORM_MASK = 0x06;
    static final int FORM_NEXT = 0x00;
    static final int FORM_DELTA = 0x02;
    static final int FORM_RAW = 0x04;
    static final int FORM_TEXT = 0x06;
    static final int PAYLOAD = 0x08;

    /** All of the control byte of an operation that raises the floor. */
    static final int FLOOR = 0x10;

    /** All of the control byte of an operation that begins a log which was written anew. */
    static final int STATE = 0x11;

    /** All of the control byte of an operation that stands for rows which were given up. */
    static final int GAP = 0x12;

    static final int KNOWN_BITS = DELETE | FORM_MASK | PAYLOAD;

    /** Most bytes of all payloads of a collection. */
    static final long MAX_PAYLOADS = 1L << 44;

    /** The number that a frame's first numeric id is coded against. */
    static final long BEFORE_FIRST = -1;

    private IdFrames() {}

    static int checksum(long fileOffset, long firstOrdinal, byte[] bytes, int start, int length) {
        MemorySegment covered = MemorySegment.ofArray(bytes).asSlice(start + Integer.BYTES, length - Integer.BYTES);
        return Crc32c.of(fileOffset, firstOrdinal, covered);
    }

    static CorruptionException corrupt(long fileOffset, String what) {
        return new CorruptionException(
                CorruptionException.NO_BLOCK, "id log, frame at byte " + fileOffset + ": " + what);
    }
}
