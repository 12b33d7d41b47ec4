package io.vexel.cli;

import io.vexel.base.CapacityException;
import io.vexel.base.ProtocolException;
import io.vexel.cli.file.Row;
import io.vexel.cli.file.RowReader;
import io.vexel.collection.Payload;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.engine.Collection;
import io.vexel.engine.PendingWrite;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Moves the rows of a file into a collection: batch after batch in the order of the file, each an atomic and durable
 * transaction, so that what is in is always a beginning of the file.
 *
 * <p>That is also what makes an import resumable without a record of it: batches whose points stand in the collection exactly as
 * the file has them are passed over, and from the first that differs everything is written. Writing a row again changes
 * nothing, so the result equals that of an import that was never interrupted.
 */
final class Importer {

    /** A batch ends before it holds more than this, whatever its number of rows. */
    private static final long MAX_BATCH_BYTES = 16L << 20;

    /** Batches that may wait for the device while the next is prepared. */
    private static final int PENDING_BATCHES = 2;

    private final Collection collection;
    private final RowReader reader;
    private final Plan plan;
    private final RowVectors vectors;
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private Optional<Row> firstRow;
    private long rowsMade;
    private long stored;
    private long passedOver;

    /**
     * How to import.
     *
     * @param ids the rule for rows without id
     * @param batchRows most rows of a transaction, at least 1
     * @param limitRows rows after which the import ends
     * @param resume true when what stands already is to be passed over
     */
    record Plan(IdRule ids, int batchRows, long limitRows, boolean resume) {}

    /**
     * What an import did.
     *
     * @param stored rows written and durable
     * @param passedOver rows that stood already
     * @param complete false when it was stopped
     */
    record Outcome(long stored, long passedOver, boolean complete) {}

    /** Told after each batch that became durable. */
    interface Listener {

        /**
         * @param rows rows of the file that are in the collection now
         * @param bytesRead bytes of the file read so far
         */
        void acknowledged(long rows, long bytesRead);
    }

    private record Batch(List<Point> points, long bytesRead) {}

    private record Waiting(PendingWrite write, Batch batch) {}

    /** @param firstRow a row that was taken from the reader already, to find out about the file */
    Importer(Collection collection, RowReader reader, Optional<Row> firstRow, Plan plan) {
        this.collection = collection;
        this.reader = reader;
        this.firstRow = firstRow;
        this.plan = plan;
        this.vectors = RowVectors.of(
                reader, collection.spec().elementType(), collection.spec().dimension());
    }

    /**
     * Imports until the end of the file, the limit, or a request to stop; every batch that was begun is finished.
     *
     * @throws ProtocolException when the file does not follow its format or a row does not fit the collection; the batches before
     *     the faulty one are stored, and the message says how many rows that is
     * @throws CapacityException when a batch finds no room; those before it are stored
     */
    Outcome run(BooleanSupplier stop, Listener listener) {
        boolean complete = false;
        try (Prefetch<Batch> batches = new Prefetch<>(this::nextBatch)) {
            boolean comparing = plan.resume();
            while (!complete && !stop.getAsBoolean()) {
                Optional<Batch> batch = batches.take(stop);
                complete = batch.isEmpty() && !stop.getAsBoolean();
                if (batch.isPresent()) {
                    comparing = comparing && standsAlready(batch.get().points());
                    handle(batch.get(), comparing, listener);
                }
            }
            awaitAll(listener);
        } catch (ProtocolException e) {
            awaitAll(listener);
            throw faulty(e, rowsStored());
        } catch (CapacityException e) {
            // What was submitted before had room.
            awaitAll(listener);
            throw e;
        }
        return new Outcome(stored, passedOver, complete);
    }

    /** The error of a file with how many of its rows are in the collection. */
    static ProtocolException faulty(ProtocolException cause, long rowsStored) {
        return new ProtocolException(cause.getMessage() + "; " + rowsStored + " rows before are stored", cause);
    }

    /** Rows of the file that are durable in the collection by now. */
    long rowsStored() {
        return stored + passedOver;
    }

    private void handle(Batch batch, boolean present, Listener listener) {
        if (present) {
            passedOver += batch.points().size();
            listener.acknowledged(passedOver, batch.bytesRead());
            return;
        }
        waiting.add(new Waiting(submit(batch), batch));
        if (waiting.size() > PENDING_BATCHES) {
            await(waiting.remove(), listener);
        }
    }

    private PendingWrite submit(Batch batch) {
        try {
            return collection.submitUpsert(batch.points());
        } catch (IllegalArgumentException e) {
            long first = passedOver
                    + stored
                    + waiting.stream()
                            .mapToLong(each -> each.batch().points().size())
                            .sum();
            throw new ProtocolException(
                    reader.input().name() + ": rows " + first + ".."
                            + (first + batch.points().size() - 1) + ": " + e.getMessage(),
                    e);
        }
    }

    private void awaitAll(Listener listener) {
        while (!waiting.isEmpty()) {
            await(waiting.remove(), listener);
        }
    }

    private void await(Waiting oldest, Listener listener) {
        oldest.write().await();
        stored += oldest.batch().points().size();
        listener.acknowledged(passedOver + stored, oldest.batch().bytesRead());
    }

    private boolean standsAlready(List<Point> points) {
        List<PointId> ids = points.stream().map(Point::id).toList();
        List<Optional<Point>> found = collection.getAll(ids);
        for (int i = 0; i < points.size(); i++) {
            if (!found.get(i).equals(Optional.of(points.get(i)))) {
                return false;
            }
        }
        return true;
    }

    /** Runs on the read-ahead thread. */
    private Optional<Batch> nextBatch() {
        List<Point> points = new ArrayList<>();
        long bytes = 0;
        while (points.size() < plan.batchRows() && bytes < MAX_BATCH_BYTES && rowsMade < plan.limitRows()) {
            Optional<Row> row = firstRow.isPresent() ? firstRow : reader.next();
            firstRow = Optional.empty();
            if (row.isEmpty()) {
                break;
            }
            Point point = point(row.get());
            points.add(point);
            bytes += point.vector().byteLength()
                    + point.payload().map(Payload::byteLength).orElse(0);
            rowsMade++;
        }
        return points.isEmpty()
                ? Optional.empty()
                : Optional.of(new Batch(points, reader.input().position()));
    }

    private Point point(Row row) {
        PointId id = row.id().orElseGet(() -> plan.ids().idOf(row.number()));
        return new Point(id, vectors.vector(row), row.payload());
    }
}
