package io.vexel.collection.store;

import io.vexel.collection.payload.PayloadSource;
import java.lang.foreign.MemorySegment;

/**
 * A piece of the payload file in memory. Payloads lie in the order of the rows, so reading the payloads of rows in order reads the file piece by
 * piece. Used by one thread at a time.
 */
final class PayloadWindow {

    private final ReadView view;
    private final int pieceBytes;
    private byte[] bytes = {};
    private long start;
    private int length;

    /** @param pieceBytes what is read at a time; 0 for no more than the payload wanted */
    PayloadWindow(ReadView view, int pieceBytes) {
        this.view = view;
        this.pieceBytes = pieceBytes;
    }

    /** Hands the payload of the row, which has one, to the sink. */
    void read(long ordinal, PayloadSource.Sink sink) {
        long offset = view.payloadOffset(ordinal);
        int wanted = view.payloadLength(ordinal);
        if (offset < start || offset + wanted > start + length) {
            fill(offset, wanted);
        }
        sink.accept(bytes, (int) (offset - start), wanted);
    }

    private void fill(long offset, int wanted) {
        // Made when it is first needed: most searches are given a window and read no payload.
        int needed = Math.max(wanted, pieceBytes);
        if (needed > bytes.length) {
            bytes = new byte[needed];
        }
        // Not valid while it is being filled: a read that fails must not leave old bytes under a new start.
        length = 0;
        length = view.readPayloadsUpTo(offset, MemorySegment.ofArray(bytes), wanted);
        start = offset;
    }
}
