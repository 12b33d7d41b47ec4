package io.vexel.collection.store;

import io.vexel.base.CorruptionException;
import io.vexel.collection.Payload;
import io.vexel.collection.PointId;

/**
 * Reads frames of the id log and hands their operations to a visitor. Every frame is verified whole before its first operation is
 * handed on. Carries the ordinal and the payload position from frame to frame. Not thread-safe.
 */
final class IdFrameReader {

    /** What happens to the operations. Text ids lie in the array for the time of the call. */
    interface Visitor {

        void putNumber(long value, long payloadOffset, int payloadBytes);

        void putText(byte[] source, int offset, int length, long payloadOffset, int payloadBytes);

        void deleteNumber(long value);

        void deleteText(byte[] source, int offset, int length);

        /** Rows that died at this version or before are given up; any 64 bits. */
        void floor(long version);

        /** First of all operations: the log was written anew from a state of this version, which is the floor; any 64 bits. */
        void state(long version);

        /**
         * Rows that were given up.
         *
         * @param rows at least 1
         * @param payloadEnd where their payloads end
         */
        void gap(int rows, long payloadEnd);

        /** The batch is complete. */
        void endOfBatch();
    }

    private final Visitor visitor;
    private long nextOrdinal;
    private long payloadOffset;
    private boolean insideBatch;
    private long fileOffset;
    private byte[] bytes = {};
    private int at;
    private int end;

    /**
     * @param firstOrdinal the ordinal of the first put to come
     * @param payloadOffset where the payload of the first put to come starts
     */
    IdFrameReader(Visitor visitor, long firstOrdinal, long payloadOffset) {
        this.visitor = visitor;
        this.nextOrdinal = firstOrdinal;
        this.payloadOffset = payloadOffset;
    }

    long nextOrdinal() {
        return nextOrdinal;
    }

    long payloadOffset() {
        return payloadOffset;
    }

    /** True between the frames of one batch. */
    boolean insideBatch() {
        return insideBatch;
    }

    /**
     * Reads one frame.
     *
     * @param source holds the frame from {@code start} on, with {@code available} bytes behind that
     * @param frameOffset where the frame stands in the file
     * @return bytes of the frame; 0 when it does not end within what is available
     * @throws CorruptionException when the frame is not what was written
     */
    int read(byte[] source, int start, int available, long frameOffset) {
        if (available < IdFrames.HEADER_BYTES) {
            return 0;
        }
        int word = (int) ByteSink.INT.get(source, start + Integer.BYTES);
        int body = word & ~IdFrames.MORE;
        if (body < 1 || body > IdFrames.MAX_BODY_BYTES) {
            throw IdFrames.corrupt(frameOffset, "length=" + body + ", allowed: 1.." + IdFrames.MAX_BODY_BYTES);
        }
        int length = IdFrames.HEADER_BYTES + body;
        if (length > available) {
            return 0;
        }
        int expected = (int) ByteSink.INT.get(source, start);
        if (IdFrames.checksum(frameOffset, nextOrdinal, source, start, length) != expected) {
            throw IdFrames.corrupt(frameOffset, "the checksum does not match");
        }
        bytes = source;
        fileOffset = frameOffset;
        at = start + IdFrames.HEADER_BYTES;
        end = start + length;
        operations();
        insideBatch = word < 0;
        if (!insideBatch) {
            visitor.endOfBatch();
        }
        return length;
    }

    private void operations() {
        long lastNumber = IdFrames.BEFORE_FIRST;
        while (at < end) {
            int control = bytes[at++];
            if (control >= IdFrames.FLOOR && control <= IdFrames.GAP) {
                compaction(control);
                continue;
            }
            if ((control & ~IdFrames.KNOWN_BITS) != 0
                    || (control & (IdFrames.DELETE | IdFrames.PAYLOAD)) == (IdFrames.DELETE | IdFrames.PAYLOAD)) {
                throw IdFrames.corrupt(fileOffset, "unknown operation");
            }
            switch (control & IdFrames.FORM_MASK) {
                case IdFrames.FORM_TEXT -> text(control);
                case IdFrames.FORM_NEXT -> number(control, ++lastNumber);
                case IdFrames.FORM_DELTA -> {
                    long zigzag = varint();
                    lastNumber += 1 + ((zigzag >>> 1) ^ -(zigzag & 1));
                    number(control, lastNumber);
                }
                default -> {
                    need(Long.BYTES);
                    lastNumber = (long) ByteSink.LONG.get(bytes, at);
                    at += Long.BYTES;
                    number(control, lastNumber);
                }
            }
        }
    }

    private void compaction(int control) {
        long first = varint();
        switch (control) {
            case IdFrames.FLOOR -> visitor.floor(first);
            case IdFrames.STATE -> visitor.state(first);
            default -> {
                long payloads = varint();
                if (first < 1 || first > RowTable.MAX_ROWS - nextOrdinal) {
                    throw IdFrames.corrupt(fileOffset, "rows=" + Long.toUnsignedString(first) + " that were given up");
                }
                if (payloads < 0 || payloads > IdFrames.MAX_PAYLOADS - payloadOffset) {
                    throw IdFrames.corrupt(
                            fileOffset, "payload bytes=" + Long.toUnsignedString(payloads) + " that were given up");
                }
                payloadOffset += payloads;
                visitor.gap((int) first, payloadOffset);
                nextOrdinal += first;
            }
        }
    }

    private void number(int control, long value) {
        if ((control & IdFrames.DELETE) != 0) {
            visitor.deleteNumber(value);
            return;
        }
        int payloadBytes = payloadBytes(control);
        visitor.putNumber(value, payloadOffset, payloadBytes);
        payloadOffset += payloadBytes;
        nextOrdinal++;
    }

    private void text(int control) {
        long length = varint();
        if (length < 1 || length > PointId.MAX_TEXT_BYTES) {
            throw IdFrames.corrupt(fileOffset, "id bytes=" + length + ", allowed: 1.." + PointId.MAX_TEXT_BYTES);
        }
        need((int) length);
        int start = at;
        at += (int) length;
        if ((control & IdFrames.DELETE) != 0) {
            visitor.deleteText(bytes, start, (int) length);
            return;
        }
        int payloadBytes = payloadBytes(control);
        visitor.putText(bytes, start, (int) length, payloadOffset, payloadBytes);
        payloadOffset += payloadBytes;
        nextOrdinal++;
    }

    private int payloadBytes(int control) {
        if ((control & IdFrames.PAYLOAD) == 0) {
            return 0;
        }
        long length = varint();
        if (length < 2 || length > Payload.MAX_BYTES) {
            throw IdFrames.corrupt(fileOffset, "payload bytes=" + length + ", allowed: 2.." + Payload.MAX_BYTES);
        }
        return (int) length;
    }

    private long varint() {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            need(1);
            byte next = bytes[at++];
            value |= (next & 0x7FL) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw IdFrames.corrupt(fileOffset, "a number of more than 10 bytes");
    }

    private void need(int count) {
        if (end - at < count) {
            throw IdFrames.corrupt(fileOffset, "an operation reaches beyond the frame");
        }
    }
}
