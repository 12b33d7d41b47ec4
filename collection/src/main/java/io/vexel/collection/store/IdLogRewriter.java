package io.vexel.collection.store;

/**
 * Writes an id log anew from the rows of a state: those that are alive in it as puts, the others as gaps, so that ordinals and places of payloads stay. Rows that
 * died at the state's version or before must have been given up, since nothing is known about them any more when the new log is read.
 */
final class IdLogRewriter {

    /** A larger log is not written anew: it is made in memory and written by one transaction. */
    static final int MOST_BYTES = 32 << 20;

    private final ByteSink sink = new ByteSink(1 << 12);
    private final RowTable rows;

    IdLogRewriter(RowTable rows) {
        this.rows = rows;
    }

    /** The frames written so far. */
    ByteSink frames() {
        return sink;
    }

    /**
     * Writes the state as one batch.
     *
     * @return false when it is too large
     */
    boolean writeState(Snapshot state) {
        IdFrameWriter writer = new IdFrameWriter(sink, 0, 0);
        writer.state(state.version());
        int gap = 0;
        long written = 0;
        long payloadEnd = 0;
        for (int row = 0; row < state.rowCount(); row++) {
            boolean alive = rows.isVisible(row, state.version());
            if (alive && gap > 0) {
                writer.gap(gap, payloadEnd - written);
                written = payloadEnd;
                gap = 0;
            }
            payloadEnd = Math.max(payloadEnd, rows.payloadEnd(row));
            if (alive) {
                writer.put(rows.id(row), rows.payloadLength(row));
                written += rows.payloadLength(row);
            } else {
                gap++;
            }
            if (sink.size() > MOST_BYTES) {
                return false;
            }
        }
        if (gap > 0) {
            writer.gap(gap, payloadEnd - written);
        }
        writer.finish();
        return true;
    }

    /**
     * Writes frames of the old log behind the state: as they are, but for the checksums, which name their places.
     *
     * @param frames whole batches, from where the state's part of the old log ends
     * @param oldOffset where that is
     */
    void append(byte[] frames, long oldOffset, Snapshot state) {
        IdFrameReader reader = new IdFrameReader(new Counted(), state.rowCount(), 0);
        int at = 0;
        while (at < frames.length) {
            long ordinal = reader.nextOrdinal();
            int length = reader.read(frames, at, frames.length - at, oldOffset + at);
            if (length == 0) {
                throw IdFrames.corrupt(oldOffset + at, "the frame reaches beyond the end of the log");
            }
            int start = sink.skip(length);
            System.arraycopy(frames, at, sink.array(), start, length);
            int crc = IdFrames.checksum(start, ordinal, sink.array(), start, length);
            ByteSink.INT.set(sink.array(), start, crc);
            at += length;
        }
    }

    /** The reader counts puts by itself. */
    private static final class Counted implements IdFrameReader.Visitor {

        @Override
        public void putNumber(long value, long payloadOffset, int payloadBytes) {}

        @Override
        public void putText(byte[] source, int offset, int length, long payloadOffset, int payloadBytes) {}

        @Override
        public void deleteNumber(long value) {}

        @Override
        public void deleteText(byte[] source, int offset, int length) {}

        @Override
        public void floor(long version) {}

        @Override
        public void state(long version) {}

        @Override
        public void gap(int rowCount, long payloadEnd) {}

        @Override
        public void endOfBatch() {}
    }
}
