package io.vexel.collection.store;

import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Point;
import io.vexel.distance.ElementType;
import io.vexel.filesystem.PlannedWrite;
import io.vexel.filesystem.Transaction;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The rows of a batch, cut at the borders of chunks. Pieces whose chunk is in memory are laid there before the transaction and
 * written from there; the others are written through a buffer of the heap.
 */
final class RowPieces implements AutoCloseable {

    private static final int BUFFER_BYTES = 1 << 20;

    private final VectorChunks vectors;
    private final ElementType elementType;
    private final int rowBytes;
    private final List<Point> batch;
    private final List<Piece> pieces = new ArrayList<>();
    private boolean written;

    /**
     * @param firstOrdinal of its first row
     * @param from position of its first point in the batch
     * @param resident where the rows are laid, when their chunk is in memory
     */
    private record Piece(long firstOrdinal, int from, int count, Optional<MemorySegment> resident) {}

    private RowPieces(VectorChunks vectors, CollectionSpec spec, List<Point> batch) {
        this.vectors = vectors;
        this.elementType = spec.elementType();
        this.rowBytes = spec.rowBytes();
        this.batch = batch;
    }

    static RowPieces place(VectorChunks vectors, CollectionSpec spec, long firstOrdinal, List<Point> batch) {
        RowPieces result = new RowPieces(vectors, spec, batch);
        try {
            result.place(firstOrdinal);
            return result;
        } catch (RuntimeException | Error e) {
            result.close();
            throw e;
        }
    }

    private void place(long firstOrdinal) {
        int from = 0;
        while (from < batch.size()) {
            long ordinal = firstOrdinal + from;
            int free = vectors.rowsPerChunk() - (int) (ordinal % vectors.rowsPerChunk());
            int count = Math.min(free, batch.size() - from);
            Optional<MemorySegment> room = vectors.room(ordinal, count);
            pieces.add(new Piece(ordinal, from, count, room));
            if (room.isPresent()) {
                lay(from, count, room.get());
            }
            from += count;
        }
    }

    private void lay(int from, int count, MemorySegment target) {
        for (int i = 0; i < count; i++) {
            batch.get(from + i).vector().copyTo(elementType, target, (long) i * rowBytes);
        }
    }

    /** What {@link #write} will write from memory that stays as it is. */
    List<PlannedWrite> planned(long inode) {
        List<PlannedWrite> result = new ArrayList<>();
        for (Piece piece : pieces) {
            piece.resident.ifPresent(rows -> result.add(new PlannedWrite(inode, piece.firstOrdinal * rowBytes, rows)));
        }
        return result;
    }

    void write(Transaction transaction, long inode) {
        for (Piece piece : pieces) {
            long offset = piece.firstOrdinal * rowBytes;
            if (piece.resident.isPresent()) {
                transaction.write(inode, offset, piece.resident.get());
            } else {
                writeBuffered(transaction, inode, offset, piece);
            }
        }
    }

    private void writeBuffered(Transaction transaction, long inode, long offset, Piece piece) {
        int rowsAtOnce = Math.max(1, Math.min(piece.count, BUFFER_BYTES / rowBytes));
        MemorySegment buffer = MemorySegment.ofArray(new byte[rowsAtOnce * rowBytes]);
        for (int done = 0; done < piece.count; done += rowsAtOnce) {
            int count = Math.min(rowsAtOnce, piece.count - done);
            lay(piece.from + done, count, buffer);
            transaction.write(inode, offset + (long) done * rowBytes, buffer.asSlice(0, (long) count * rowBytes));
        }
    }

    /** After the transaction: what lies in memory is in the file now. */
    void written() {
        written = true;
    }

    /** The room in chunks is not needed any more. */
    @Override
    public void close() {
        for (Piece piece : pieces) {
            if (piece.resident.isPresent()) {
                vectors.laid(piece.firstOrdinal, written ? piece.count : 0);
            }
        }
    }
}
