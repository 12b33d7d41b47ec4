package io.vexel.engine;

import io.vexel.base.Checks;
import io.vexel.base.TimeSource;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.CompactionProgress;
import io.vexel.collection.CompactionResult;
import io.vexel.collection.FieldIndex;
import io.vexel.collection.IndexStatus;
import io.vexel.collection.Payload;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.indexing.IndexKeeper;
import io.vexel.collection.store.AppliedWrite;
import io.vexel.collection.store.CollectionStore;
import io.vexel.collection.store.ReadView;
import io.vexel.collection.store.Snapshot;
import io.vexel.collection.store.StoredSizes;
import io.vexel.index.IndexSpec;
import io.vexel.index.RowFilter;
import io.vexel.index.Verification;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/**
 * A collection of an open volume. Safe for use by any number of threads; usable until the volume is closed or the collection is
 * dropped, and throwing {@link io.vexel.base.ClosedException} from then on.
 *
 * <p>A write that returned is durable and visible. A batch is there whole or not at all, for searches as for crashes. Readers
 * never wait for writers.
 *
 * <p>All methods throw {@link io.vexel.base.CorruptionException} when stored bytes are damaged and
 * {@link io.vexel.base.DeviceException} when the device fails. Writes throw {@link io.vexel.base.AccessException} on a volume opened
 * read-only and {@link io.vexel.base.CapacityException} when the volume, its journal or the memory budget has no room; nothing
 * is stored then.
 */
public final class Collection {

    private final CollectionStore store;
    private final String name;
    private final TimeSource time;
    private final Searcher searcher;
    private final WriteCounters writes = new WriteCounters();
    private final LongAdder searches = new LongAdder();
    private final LongAdder compared = new LongAdder();

    Collection(CollectionStore store, SearchThreads threads, TimeSource time) {
        this.store = store;
        this.name = store.spec().name();
        this.time = time;
        this.searcher = new Searcher(store.spec(), threads, time);
    }

    /** What it is now: name, dimension, metric, element type and payload indexes, of which only the last change. */
    public CollectionSpec spec() {
        return store.spec();
    }

    /** The name. */
    public String name() {
        return name;
    }

    /** As {@link #upsertAll}. */
    public WriteResult upsert(Point... points) {
        return upsertAll(List.of(points));
    }

    /**
     * Stores the points in one atomic batch, each in the place of the point that has its id.
     *
     * @throws IllegalArgumentException when a point is not allowed here: wrong dimension or element type, NaN, infinity, a zero
     *     vector under the cosine metric, an id that stands twice in the batch. The message names the value and its position;
     *     nothing is stored.
     */
    public WriteResult upsertAll(List<Point> points) {
        return submitUpsert(points).await();
    }

    /** As {@link #upsertAll}, but returns before the batch is durable and visible. */
    public PendingWrite submitUpsert(List<Point> points) {
        return submit(() -> store.upsert(points));
    }

    /** As {@link #setPayloads}, for one point. */
    public WriteResult setPayload(PointId id, Payload payload) {
        return setPayloads(Map.of(id, payload));
    }

    /**
     * Gives points other payloads in one atomic batch; their vectors stay, and are not given. So none is lost that another thread stores meanwhile: its
     * write comes before or after this one, as a whole.
     *
     * <p>Each point is stored again, with the bytes of its vector; an index does not notice, of whatever kind it is.
     *
     * @param payloads the payload of each id
     * @throws io.vexel.base.NotFoundException when there is no point with one of the ids; nothing is stored
     */
    public WriteResult setPayloads(Map<PointId, Payload> payloads) {
        return submitPayloads(payloads).await();
    }

    /** As {@link #setPayloads}, but returns before the batch is durable and visible. */
    public PendingWrite submitPayloads(Map<PointId, Payload> payloads) {
        return submit(() -> store.setPayloads(payloads));
    }

    /** Deletes a point; false when there is none with this id. */
    public boolean delete(PointId id) {
        return deleteAll(List.of(id)).deleted() == 1;
    }

    /** Deletes points in one atomic batch; ids that are not there are passed over, ids that stand twice count once. */
    public WriteResult deleteAll(List<PointId> ids) {
        return submitDelete(ids).await();
    }

    /** As {@link #deleteAll}, but returns before the batch is durable and visible. */
    public PendingWrite submitDelete(List<PointId> ids) {
        return submit(() -> store.delete(ids));
    }

    private PendingWrite submit(Supplier<AppliedWrite> apply) {
        long start = time.nanoTime();
        writes.begin();
        try {
            return new SubmittedWrite(store, apply.get(), writes, time, start);
        } catch (RuntimeException e) {
            writes.fail();
            throw e;
        }
    }

    /** The point with this id. */
    public Optional<Point> get(PointId id) {
        return getAll(List.of(id)).getFirst();
    }

    /** The points with these ids, in their order, all of one state of the collection. */
    public List<Optional<Point>> getAll(List<PointId> ids) {
        try (ReadView view = store.view()) {
            List<OptionalLong> rows = ids.stream().map(view::find).toList();
            long[] present = rows.stream().flatMapToLong(OptionalLong::stream).toArray();
            Iterator<Point> points = view.points(present).iterator();
            List<Optional<Point>> found = new ArrayList<>(ids.size());
            for (OptionalLong row : rows) {
                found.add(row.isPresent() ? Optional.of(points.next()) : Optional.empty());
            }
            return List.copyOf(found);
        }
    }

    /** Number of points. */
    public long count() {
        try (ReadView view = store.view()) {
            return view.snapshot().liveCount();
        }
    }

    /**
     * Reads a page of points.
     *
     * @throws IllegalArgumentException when the cursor does not come from this collection
     * @throws io.vexel.base.NotFoundException when the cursor was not used for some minutes and the collection was compacted since
     */
    public ScanPage scan(ScanRequest request) {
        Optional<ScanPage> page = Optional.empty();
        while (page.isEmpty()) {
            try (ReadView view = request.cursor()
                    .map(cursor -> store.view(cursor.rowCount(), cursor.version()))
                    .orElseGet(store::view)) {
                page = keepState(page(view, request), request, view.snapshot().version());
            }
        }
        return page.get();
    }

    /** Has the state kept until the scan's end; empty when it was given up while its first page was read, so that a newer one must be taken. */
    private Optional<ScanPage> keepState(ScanPage page, ScanRequest request, int version) {
        boolean first = request.cursor().isEmpty();
        boolean last = page.next().isEmpty();
        if (first && !last && !store.beginScan(version)) {
            return Optional.empty();
        }
        if (last && !first) {
            store.endScan(version);
        }
        return Optional.of(page);
    }

    private static ScanPage page(ReadView view, ScanRequest request) {
        Snapshot state = view.snapshot();
        List<Point> points = new ArrayList<>();
        RowFilter filter = request.filter().<RowFilter>map(view::payloadFilter).orElse(RowFilter.ALL);
        long start = request.cursor().map(ScanCursor::ordinal).orElse(0L);
        long next = view.scan(start, request.limit(), filter, points::add);
        Optional<ScanCursor> cursor = next == state.rowCount()
                ? Optional.empty()
                : Optional.of(new ScanCursor(next, state.rowCount(), state.version()));
        return new ScanPage(points, cursor);
    }

    /**
     * Finds the points nearest to the query, or best by what the request says besides: with the index where there is one, unless {@link SearchRequest.Builder#exact} says otherwise.
     * Points that are not yet in the index are compared one by one, so a write that returned is found. When the index finds fewer than k
     * and there are more points, all of them are compared. The first search waits until the index is loaded.
     *
     * @throws IllegalArgumentException when the request has several vectors and says neither how to combine nor to fuse them, when a vector
     *     does not fit (dimension, element type, NaN, infinity, a zero vector under the cosine metric), or when there is no text index for its words
     * @throws io.vexel.base.NotFoundException when there is no point that others should be like
     * @throws io.vexel.base.CapacityException when the memory budget has no room for the index that words need
     * @throws SearchTimeoutException after the request's timeout
     * @throws java.util.concurrent.CancellationException when the request's cancellation says so, or the calling thread is interrupted, which it stays
     */
    public SearchResult search(SearchRequest request) {
        boolean single = request.combination().isPresent()
                || request.fusion().isPresent()
                || request.queries().size() + (request.likeId().isPresent() ? 1 : 0) <= 1;
        Checks.argument(
                single, "queries=" + request.queries().size() + ", allowed: 1, or several to combine or to fuse");
        long start = time.nanoTime();
        Optional<SearchResult> result = Optional.empty();
        while (result.isEmpty()) {
            try (ReadView view = view(request, start)) {
                result = searcher.search(view, request, start);
            }
        }
        count(1, result.get().cost());
        return result.get();
    }

    /**
     * Answers all vectors of the request, one list each, reading the data once; otherwise as {@link #search}.
     *
     * @throws IllegalArgumentException also when the request has words, or something to combine or to fuse, or no vector
     */
    public BatchSearchResult searchBatch(SearchRequest request) {
        boolean plain = request.text().isEmpty()
                && request.combination().isEmpty()
                && request.fusion().isEmpty()
                && request.likeId().isEmpty();
        Checks.argument(plain, request + ", allowed in a batch: vectors alone");
        long start = time.nanoTime();
        try (ReadView view = view(request, start)) {
            BatchSearchResult result = searcher.searchBatch(view, request, start);
            count(request.queries().size(), result.cost());
            return result;
        }
    }

    private void count(int answers, SearchCost cost) {
        searches.add(answers);
        compared.add(cost.vectorsCompared());
    }

    private ReadView view(SearchRequest request, long startNanos) {
        return request.isExact() ? store.view() : store.searchView(searcher.cancellation(request, startNanos));
    }

    /**
     * Gives the collection another index; the old one is gone when this returns, and the new one is made by the background threads when
     * there are {@value IndexKeeper#LEAST_POINTS} points. Durable when it returns. Searches go on meanwhile and miss nothing.
     *
     * @throws IllegalArgumentException when the kind does not support the collection's metric
     */
    public void createIndex(IndexSpec wanted) {
        changeIndex(keeper -> keeper.replace(Optional.of(wanted)));
    }

    /** Removes the index and wants none: every search compares every row. Durable when it returns. */
    public void dropIndex() {
        changeIndex(keeper -> keeper.replace(Optional.empty()));
    }

    /** Makes the index anew from the rows, as {@link #createIndex} with what it is now; mends a damaged one. */
    public void rebuildIndex() {
        changeIndex(IndexKeeper::rebuild);
    }

    /** Saves the index, so that what is in it need not be drained again after a crash; closing the volume does so too. */
    public void checkpointIndex() {
        changeIndex(IndexKeeper::checkpoint);
    }

    /**
     * Returns when every point that is durable now is in the index, or when that cannot be: see the status. A point that only changed its payload may have
     * to wait for searches that began before, for as long as they take. The calling thread helps, which
     * is how indexes are built on a volume with {@link VolumeOptions#indexThreads} 0.
     */
    public IndexStatus awaitIndexed() {
        changeIndex(IndexKeeper::awaitIndexed);
        return indexStatus();
    }

    private void changeIndex(Consumer<IndexKeeper> change) {
        store.withIndex(keeper -> {
            change.accept(keeper);
            return true;
        });
    }

    /**
     * Checks what is saved of the index and what is in memory against the points; the index is not changed meanwhile.
     *
     * @throws io.vexel.base.CapacityException when there is no memory to load what was saved, or for the check: nothing is known of the index then
     * @throws io.vexel.base.DeviceException when the index or a vector cannot be read, now or when the index was loaded: likewise
     */
    public Verification verifyIndex() {
        return store.withIndex(IndexKeeper::verify);
    }

    /** As {@link #createPayloadIndex(FieldIndex, LongConsumer)}, silent. */
    public void createPayloadIndex(FieldIndex index) {
        createPayloadIndex(index, _ -> {});
    }

    /**
     * Adds a payload index. It is built in this call, from the payloads of all points; searches and writes go on meanwhile, and use it once
     * this returns. Durable then; after a crash before, the collection has none. {@link CollectionSpec#indexes} tells which there are.
     *
     * @param progress is told how many points were read so far, now and then; what it throws ends the building and comes out, and
     *     nothing has changed
     * @throws io.vexel.base.ConflictException when there is one of that kind for that field
     * @throws IllegalArgumentException when there are {@value FieldIndex#MAX_INDEXES} already
     * @throws io.vexel.base.CapacityException when the memory budget has no room for it, or had none for those there are
     */
    public void createPayloadIndex(FieldIndex index, LongConsumer progress) {
        store.payloadIndexChanges().add(index, progress);
    }

    /**
     * Removes a payload index; filters on its field read payloads from then on. Durable when it returns.
     *
     * @throws io.vexel.base.NotFoundException when there is no such index
     */
    public void dropPayloadIndex(FieldIndex index) {
        store.payloadIndexChanges().remove(index);
    }

    /** Rows that are not in the index, which searches compare one by one. Cheap, and does not load the index. */
    public long tailRows() {
        return store.withIndex(IndexKeeper::tailRows);
    }

    /** How it stands with the index. Does not load it. */
    public IndexStatus indexStatus() {
        return store.withIndex(IndexKeeper::status);
    }

    /** Loads the index if it is not in memory yet and fits there, waits for that, and says how it stands. */
    public IndexStatus loadIndex() {
        return store.withIndex(keeper -> {
            keeper.awaitLoaded();
            return keeper.status();
        });
    }

    /** As {@link #compact(CompactionProgress)}, with nobody looking. */
    public CompactionResult compact() {
        return compact(CompactionProgress.NONE);
    }

    /**
     * Gives the space of replaced and deleted points back to the volume: their vectors, payloads and places in the index. Points that stand among them are
     * stored again, as they are, at the end of the collection. What is left are dead points in blocks that it is not worth it to empty. Searches and writes go on
     * meanwhile. The background threads do the same by themselves when a fifth of what is stored is dead.
     *
     * @throws io.vexel.base.ConflictException when the index has to be mended first ({@link #rebuildIndex})
     * @throws io.vexel.base.CapacityException when there is no room at all to store points again
     */
    public CompactionResult compact(CompactionProgress progress) {
        return store.compact(progress);
    }

    /** Counted facts. */
    public CollectionStatistics statistics() {
        Snapshot state = store.snapshot();
        StoredSizes sizes = store.sizes();
        return new CollectionStatistics(
                state.liveCount(),
                state.rowCount(),
                store.deadRows(),
                store.deadBytes(),
                store.compactionProblem(),
                sizes.vectorBytes(),
                sizes.idBytes(),
                sizes.payloadBytes(),
                sizes.allocatedBytes(),
                sizes.allocatedBytes() - sizes.vectorBytes() - sizes.payloadBytes(),
                store.residentVectorBytes(),
                store.payloadIndexStatistics(),
                searches.sum(),
                compared.sum() + writes.vectors(),
                writes.total(),
                writes.successful(),
                writes.failed(),
                writes.minNanos(),
                writes.maxNanos(),
                indexStatus());
    }

    /** When the collection was made, in milliseconds since the epoch. */
    public long createdMillis() {
        return store.createdMillis();
    }
}
