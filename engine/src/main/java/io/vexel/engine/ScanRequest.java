package io.vexel.engine;

import io.vexel.base.Checks;
import io.vexel.collection.Filter;
import java.util.Optional;

/**
 * Which page of points to read. Points come in the order in which they were last written, by their owner or by a compaction.
 *
 * @param limit most points of the page, 1..{@value #MAX_LIMIT}
 * @param cursor where to go on; empty: from the start
 * @param filter only points whose payload fulfils this
 */
public record ScanRequest(int limit, Optional<ScanCursor> cursor, Optional<Filter> filter) {

    /** Most points of a page. */
    public static final int MAX_LIMIT = 100_000;

    public ScanRequest {
        Checks.inRange("limit", limit, 1, MAX_LIMIT);
    }

    /** The first page. */
    public static ScanRequest first(int limit) {
        return new ScanRequest(limit, Optional.empty(), Optional.empty());
    }

    /** The page behind a cursor, otherwise as this request. */
    public ScanRequest after(ScanCursor next) {
        return new ScanRequest(limit, Optional.of(next), filter);
    }

    /** Only points whose payload fulfils the condition, otherwise as this request. */
    public ScanRequest where(Filter condition) {
        return new ScanRequest(limit, cursor, Optional.of(condition));
    }
}
