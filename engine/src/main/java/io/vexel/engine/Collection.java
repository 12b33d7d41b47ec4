package io.vexel.engine;

import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import java.util.List;
import java.util.Optional;

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

    private final CollectionSpec spec;

    Collection(CollectionSpec spec) {
        this.spec = spec;
    }

    /** Name, dimension and metric. */
    public CollectionSpec spec() {
        return spec;
    }

    /** The name. */
    public String name() {
        return spec.name();
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
        throw new UnsupportedOperationException(points.toString());
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
        throw new UnsupportedOperationException(ids.toString());
    }

    /** The point with this id. */
    public Optional<Point> get(PointId id) {
        return getAll(List.of(id)).getFirst();
    }

    /** The points with these ids, in their order, all of one state of the collection. */
    public List<Optional<Point>> getAll(List<PointId> ids) {
        throw new UnsupportedOperationException(ids.toString());
    }

    /** Number of points. */
    public long count() {
        throw new UnsupportedOperationException();
    }

    /**
     * Reads a page of points.
     *
     * @throws IllegalArgumentException when the cursor does not come from this collection
     */
    public ScanPage scan(ScanRequest request) {
        throw new UnsupportedOperationException(request.toString());
    }

    /**
     * Finds the points nearest to the query.
     *
     * @throws IllegalArgumentException when the request has not exactly one query, or the query does not fit: dimension, element
     *     type, NaN, infinity, a zero vector under the cosine metric
     * @throws java.util.concurrent.CancellationException after the request's timeout
     */
    public SearchResult search(SearchRequest request) {
        throw new UnsupportedOperationException(request.toString());
    }

    /** Answers all queries of the request, reading the data once; otherwise as {@link #search}. */
    public BatchSearchResult searchBatch(SearchRequest request) {
        throw new UnsupportedOperationException(request.toString());
    }

    /** Counted facts. */
    public CollectionStatistics statistics() {
        throw new UnsupportedOperationException();
    }
}
