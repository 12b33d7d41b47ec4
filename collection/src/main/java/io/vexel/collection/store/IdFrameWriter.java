package io.vexel.collection.store;

import io.vexel.collection.PointId;
import java.lang.foreign.MemorySegment;

/** Writes the frames of one batch. Not thread-safe. */
final class IdFrameWriter {

    private final ByteSink sink;
    private final long fileOffset;
    private long firstOrdinal;
    private long nextOrdinal;
    private int frameStart = -1;
    private long lastNumber;

    /**
     * @param sink appended to
     * @param fileOffset where the sink's first byte will stand in the file
     * @param firstOrdinal the ordinal of the first put
     */
    IdFrameWriter(ByteSink sink, long fileOffset, long firstOrdinal) {
        this.sink = sink;
        this.fileOffset = fileOffset;
        this.nextOrdinal = firstOrdinal;
    }

    /** @param payloadBytes 0: no payload */
    void put(PointId id, int payloadBytes) {
        operation(id, payloadBytes == 0 ? 0 : IdFrames.PAYLOAD);
        if (payloadBytes != 0) {
            sink.putVarint(payloadBytes);
        }
        nextOrdinal++;
    }

    void delete(PointId id) {
        operation(id, IdFrames.DELETE);
    }

    /** Rows that died at this version or before are given up. */
    void floor(int version) {
        begin();
        sink.putByte(IdFrames.FLOOR);
        sink.putVarint(version);
    }

    /** Ends the batch. */
    void finish() {
        if (frameStart >= 0) {
            closeFrame(0);
        }
    }

    /** The first operation of a log that is written anew: the version of its state, and the floor. */
    void state(int version) {
        begin();
        sink.putByte(IdFrames.STATE);
        sink.putVarint(version);
    }

    /** Rows that were given up, at least one, with so many bytes of payload. */
    void gap(int rows, long payloadBytes) {
        begin();
        sink.putByte(IdFrames.GAP);
        sink.putVarint(rows);
        sink.putVarint(payloadBytes);
        nextOrdinal += rows;
    }

    private void operation(PointId id, int control) {
        begin();
        switch (id) {
            case PointId.Numeric number -> number(number.value(), control);
            case PointId.Text text -> text(text, control);
        }
    }

    /** Sees to it that there is a frame with room for an operation. */
    private void begin() {
        if (frameStart >= 0
                && sink.size() - frameStart - IdFrames.HEADER_BYTES
                        > IdFrames.MAX_BODY_BYTES - IdFrames.MAX_OPERATION_BYTES) {
            closeFrame(IdFrames.MORE);
        }
        if (frameStart < 0) {
            frameStart = sink.skip(IdFrames.HEADER_BYTES);
            firstOrdinal = nextOrdinal;
            lastNumber = IdFrames.BEFORE_FIRST;
        }
    }

    private void number(long value, int control) {
        long delta = value - lastNumber - 1;
        long zigzag = (delta << 1) ^ (delta >> 63);
        lastNumber = value;
        if (delta == 0) {
            sink.putByte(control | IdFrames.FORM_NEXT);
        } else if (ByteSink.varintBytes(zigzag) < Long.BYTES) {
            sink.putByte(control | IdFrames.FORM_DELTA);
            sink.putVarint(zigzag);
        } else {
            sink.putByte(control | IdFrames.FORM_RAW);
            sink.putLong(value);
        }
    }

    private void text(PointId.Text text, int control) {
        sink.putByte(control | IdFrames.FORM_TEXT);
        sink.putVarint(text.byteLength());
        int start = sink.skip(text.byteLength());
        text.copyTo(MemorySegment.ofArray(sink.array()), start);
    }

    private void closeFrame(int more) {
        int end = sink.size();
        int body = end - frameStart - IdFrames.HEADER_BYTES;
        byte[] bytes = sink.array();
        ByteSink.INT.set(bytes, frameStart + Integer.BYTES, body | more);
        int crc = IdFrames.checksum(fileOffset + frameStart, firstOrdinal, bytes, frameStart, end - frameStart);
        ByteSink.INT.set(bytes, frameStart, crc);
        frameStart = -1;
    }
}
