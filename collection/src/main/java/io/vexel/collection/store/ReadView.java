package io.vexel.collection.store;

import io.vexel.base.CorruptionException;
import io.vexel.base.DeviceException;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Filter;
import io.vexel.collection.Payload;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.collection.indexing.IndexLease;
import io.vexel.collection.payload.Bounds;
import io.vexel.collection.payload.PayloadIndexes;
import io.vexel.collection.payload.TextMatches;
import io.vexel.collection.payload.TextQuery;
import io.vexel.index.Calibration;
import io.vexel.index.Cancellation;
import io.vexel.index.ChunkLease;
import io.vexel.index.DerivedIndex;
import io.vexel.index.RowFilter;
import io.vexel.index.RowSource;
import io.vexel.index.TieBreak;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * One state of a collection, readable until closed; the collection stays open that long. Safe for use by the threads of one
 * search. Takes no lock while vectors are in memory.
 */
public final class ReadView implements AutoCloseable {

    private static final int RUN_ROWS = 256;

    /** Most vectors that {@link #points} reads together. */
    private static final int MOST_TOGETHER = 64;

    private static final int BUILD_WINDOW_BYTES = 1 << 18;

    private final CollectionStore store;
    private final int entered;
    private final Snapshot snapshot;
    private final RowTable rows;
    private final Optional<IndexLease> lease;

    /**
     * @param entered what entering the readers of the store answered
     * @param state asked here, which is after entering
     * @param lease taken before the state
     */
    ReadView(CollectionStore store, int entered, Supplier<Snapshot> state, Optional<IndexLease> lease) {
        this.store = store;
        this.entered = entered;
        this.snapshot = state.get();
        this.rows = store.rows();
        this.lease = lease;
    }

    /** The state. */
    public Snapshot snapshot() {
        return snapshot;
    }

    /** The index of the collection, if there is one and this view may use it. */
    public Optional<DerivedIndex> index() {
        return lease.flatMap(IndexLease::index);
    }

    /** What the index knows of its recall, as far as it is still true. */
    public Optional<Calibration> calibration() {
        return lease.flatMap(IndexLease::calibration);
    }

    /** Rows in the index now, dead ones that were not taken out yet among them. */
    public long indexRows() {
        return lease.map(IndexLease::indexRows).orElse(0L);
    }

    /** Says that the index answered with what cannot be, though the rows are sound. */
    public void distrustIndex(CorruptionException reason) {
        lease.ifPresent(held -> held.distrust(reason));
    }

    /** Says that a part of the index could not be read, though the rows could. */
    public void reportUnreadableIndex(DeviceException reason) {
        lease.ifPresent(held -> held.unreadable(reason));
    }

    /** Rows from here on are the tail: the index is not to be asked for them. */
    public long tailStart() {
        return lease.map(IndexLease::watermark).orElse(0L);
    }

    /** The rows of the state, dead ones among them. */
    public RowSource source() {
        VectorChunks vectors = store.vectors();
        long rowCount = snapshot.rowCount();
        int perChunk = vectors.rowsPerChunk();
        return new RowSource() {
            @Override
            public long rowCount() {
                return rowCount;
            }

            @Override
            public int rowsPerChunk() {
                return perChunk;
            }

            @Override
            public ChunkLease lease(long chunk, int first, int end) {
                return vectors.lease((int) chunk, first, end, (int) Math.min(perChunk, rowCount - chunk * perChunk));
            }
        };
    }

    /** Which rows are alive in the state. */
    public RowFilter live() {
        return snapshot.version() == 0 ? RowFilter.ALL : rows.visibleAt(snapshot.version());
    }

    /** True when the row is alive in the state. */
    public boolean isLive(long ordinal) {
        return rows.isVisible(ordinal, snapshot.version());
    }

    /** The order of the ids. */
    public TieBreak tieBreak() {
        return rows::compareIds;
    }

    /** Which rows have a payload that fulfils the filter. */
    public PayloadFilter payloadFilter(Filter filter) {
        return new PayloadFilter(new FilterProgram(filter), this, Cancellation.NONE);
    }

    /**
     * The filter made ready for this state, with the help of payload indexes where the collection has them. The first plan builds them.
     *
     * @param cancellation asked while they are built, and whenever a payload is to be read
     * @throws java.util.concurrent.CancellationException what it throws
     */
    public FilterPlan plan(Filter filter, Cancellation cancellation) {
        PayloadIndexes indexes = store.payloadIndexes();
        PayloadIndexes.State state = indexState();
        Optional<Bounds> bounds = indexes.evaluate(filter, state, cancellation);
        return new FilterPlan(
                this,
                filter,
                bounds,
                part -> indexes.evaluate(part, state, cancellation)
                        .map(Bounds::isExact)
                        .orElse(false),
                cancellation);
    }

    /**
     * Finds rows by words: {@link PayloadIndexes#search}.
     *
     * @return empty when a newer state must be taken
     */
    public Optional<TextMatches> search(TextQuery query) {
        return store.payloadIndexes().search(query, indexState());
    }

    /** This state as payload indexes want it. */
    PayloadIndexes.State indexState() {
        PayloadWindow window = new PayloadWindow(this, BUILD_WINDOW_BYTES);
        return new PayloadIndexes.State(snapshot.rowCount(), rows.deathsAt(snapshot.version()), (row, sink) -> {
            if (isLive(row) && rows.hasPayload(row)) {
                window.read(row, sink);
            }
        });
    }

    /** The live row of the id. */
    public OptionalLong find(PointId id) {
        int row = store.newestRow(id);
        while (row != RowTable.NONE && row >= snapshot.rowCount()) {
            row = rows.previous(row);
        }
        return row != RowTable.NONE && isLive(row) ? OptionalLong.of(row) : OptionalLong.empty();
    }

    /** The id of the row. */
    public PointId id(long ordinal) {
        return rows.id(ordinal);
    }

    /** The vector of the row. */
    public VectorData vector(long ordinal) {
        MemorySegment row = MemorySegment.ofArray(new byte[store.spec().rowBytes()]);
        store.vectors().readRows(ordinal, row, snapshot.rowCount());
        return decode(row, 0);
    }

    private VectorData decode(MemorySegment chunk, long offset) {
        CollectionSpec spec = store.spec();
        return VectorData.read(spec.elementType(), chunk, offset, spec.dimension());
    }

    /** The payload of the row. */
    public Optional<Payload> payload(long ordinal) {
        if (!rows.hasPayload(ordinal)) {
            return Optional.empty();
        }
        MemorySegment bytes = MemorySegment.ofArray(new byte[rows.payloadLength(ordinal)]);
        readPayload(ordinal, bytes);
        return Optional.of(Payload.read(bytes));
    }

    /** The points of rows that may lie anywhere, in their order; vectors that are not in memory are read together. */
    public List<Point> points(long[] ordinals) {
        int rowBytes = store.spec().rowBytes();
        List<Point> points = new ArrayList<>(ordinals.length);
        for (int from = 0; from < ordinals.length; from += MOST_TOGETHER) {
            int count = Math.min(MOST_TOGETHER, ordinals.length - from);
            MemorySegment vectors = MemorySegment.ofArray(new byte[count * rowBytes]);
            long[] some = Arrays.copyOfRange(ordinals, from, from + count);
            store.vectors().readMany(some, count, vectors, snapshot.rowCount());
            for (int i = 0; i < count; i++) {
                points.add(new Point(id(some[i]), decode(vectors, (long) i * rowBytes), payload(some[i])));
            }
        }
        return points;
    }

    /** The point of the row. */
    public Point point(long ordinal) {
        return new Point(id(ordinal), vector(ordinal), payload(ordinal));
    }

    /**
     * Reads the points of live rows in the order of their ordinals.
     *
     * @param from first row to look at
     * @param limit most points
     * @param filter which rows to take, besides being alive
     * @param sink takes the points
     * @return the first row that was not looked at; the row count when all were
     */
    public long scan(long from, int limit, RowFilter filter, Consumer<Point> sink) {
        CollectionSpec spec = store.spec();
        byte[] buffer = new byte[Math.min(limit, RUN_ROWS) * spec.rowBytes()];
        int left = limit;
        long at = from;
        while (at < snapshot.rowCount() && left > 0) {
            if (!isLive(at) || !filter.accepts(at)) {
                at++;
                continue;
            }
            long end = runEnd(at, Math.min(left, RUN_ROWS), filter);
            MemorySegment run = MemorySegment.ofArray(buffer).asSlice(0, (end - at) * spec.rowBytes());
            store.vectors().readRows(at, run, snapshot.rowCount());
            for (long row = at; row < end; row++) {
                sink.accept(new Point(id(row), decode(run, (row - at) * spec.rowBytes()), payload(row)));
            }
            left -= (int) (end - at);
            at = end;
        }
        return at;
    }

    /** Where the run of wanted rows that starts at {@code start} ends; it stays in one chunk. */
    private long runEnd(long start, int most, RowFilter filter) {
        int perChunk = store.vectors().rowsPerChunk();
        long border = Math.min(Math.min(start + most, snapshot.rowCount()), (start / perChunk + 1) * perChunk);
        long end = start + 1;
        while (end < border && isLive(end) && filter.accepts(end)) {
            end++;
        }
        return end;
    }

    boolean hasPayload(long ordinal) {
        return rows.hasPayload(ordinal);
    }

    long payloadOffset(long ordinal) {
        return rows.payloadOffset(ordinal);
    }

    int payloadLength(long ordinal) {
        return rows.payloadLength(ordinal);
    }

    SampledShares sampledShares() {
        return store.sampledShares();
    }

    private void readPayload(long ordinal, MemorySegment target) {
        readPayloadsUpTo(rows.payloadOffset(ordinal), target, (int) target.byteSize());
    }

    /** Reads payload bytes until the target is full or the file ends; at least {@code least} must be there. */
    int readPayloadsUpTo(long offset, MemorySegment target, int least) {
        return store.readPayloads(offset, target, least);
    }

    @Override
    public void close() {
        lease.ifPresent(IndexLease::close);
        store.leave(entered);
    }
}
