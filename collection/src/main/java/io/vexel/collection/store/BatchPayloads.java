package io.vexel.collection.store;

import io.vexel.base.CapacityException;
import io.vexel.collection.Payload;
import io.vexel.collection.Point;
import io.vexel.collection.payload.PayloadSource;
import io.vexel.filesystem.Transaction;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** The payloads of a batch of puts, one behind the other. Used by one thread. */
final class BatchPayloads implements PayloadSource {

    /** Most bytes of the payloads of a collection. */
    private static final long MOST_BYTES = 1L << 44;

    private static final int COPY_BYTES = 1 << 20;
    private static final int BUFFER_CAPACITY = 64;

    private final List<Point> batch;
    private final int firstRow;
    private final ByteSink buffer = new ByteSink(BUFFER_CAPACITY);

    /** @param firstRow row that the first point of the batch gets */
    BatchPayloads(List<Point> batch, int firstRow) {
        this.batch = batch;
        this.firstRow = firstRow;
    }

    static int length(Point point) {
        return point.payload().map(Payload::byteLength).orElse(0);
    }

    /** Bytes of all of them. */
    long bytes() {
        long bytes = 0;
        for (Point point : batch) {
            bytes += length(point);
        }
        return bytes;
    }

    /**
     * Throws when there is no room for them.
     *
     * @param stored bytes of payloads that the collection has
     */
    void requireRoom(long stored) {
        if (bytes() > MOST_BYTES - stored) {
            throw new CapacityException("payload bytes in a collection", stored + bytes(), MOST_BYTES);
        }
    }

    /** Writes them into a file, from an offset on. */
    void write(Transaction transaction, long inode, long firstByte) {
        long offset = firstByte;
        buffer.clear();
        for (Point point : batch) {
            Optional<Payload> payload = point.payload();
            if (payload.isPresent()) {
                int start = buffer.skip(payload.get().byteLength());
                payload.get().copyTo(MemorySegment.ofArray(buffer.array()), start);
            }
            if (buffer.size() >= COPY_BYTES) {
                transaction.write(inode, offset, buffer.segment());
                offset += buffer.size();
                buffer.clear();
            }
        }
        if (buffer.size() > 0) {
            transaction.write(inode, offset, buffer.segment());
        }
    }

    @Override
    public void read(int row, Sink sink) {
        batch.get(row - firstRow).payload().ifPresent(payload -> {
            buffer.clear();
            buffer.skip(payload.byteLength());
            payload.copyTo(MemorySegment.ofArray(buffer.array()), 0);
            sink.accept(buffer.array(), 0, payload.byteLength());
        });
    }
}
