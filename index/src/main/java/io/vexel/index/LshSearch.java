package io.vexel.index;

import java.util.List;

/**
 * The search for one query: it looks into buckets, likeliest first, and compares every row it finds there once, until it has compared
 * {@value #CANDIDATES_PER_EF} times {@code ef} rows and has {@code k} results. When the buckets give fewer than {@code k} and there is
 * no radius, it compares all rows: a result is short only when there are no more rows.
 */
final class LshSearch {

    /** Rows compared for each candidate that the effort allows; comparing one costs less than finding it does in a graph. */
    static final int CANDIDATES_PER_EF = 16;

    private static final int PROBES_PER_CHECK = 64;
    private static final int PLACES_PER_CHECK = 4096;

    private final LshRows rows;
    private final List<LshTable> tables;
    private final LshContext context;
    private final SearchRequest request;
    private final Effort effort;
    private final Collector collector;
    private long compared;

    LshSearch(LshParts parts, LshContext context, SearchRequest request, Effort effort, Collector collector) {
        rows = parts.rows();
        tables = parts.tables();
        this.context = context;
        this.request = request;
        this.effort = effort;
        this.collector = collector;
    }

    /** Returns how many rows it compared. */
    long run(LshFunctions functions, QueryVector query) {
        context.target.aim(query);
        functions.ofQuery(context.target, context.signature);
        context.visited.reset(rows.places.end());
        context.probes.begin(context.signature);
        int probes = 0;
        while (!enough()) {
            int hash = context.probes.next(context.signature);
            if (hash < 0) {
                break;
            }
            lookInto(tables.get(context.probes.table()), hash);
            if (++probes % PROBES_PER_CHECK == 0) {
                request.cancellation().check();
            }
        }
        if (collector.size() < request.k() && !inRadius()) {
            compareAll();
        }
        return compared;
    }

    private boolean inRadius() {
        return request.radius() < Double.POSITIVE_INFINITY;
    }

    private boolean enough() {
        return compared >= (long) CANDIDATES_PER_EF * effort.ef() && (collector.size() >= request.k() || inRadius());
    }

    private void lookInto(LshTable table, int hash) {
        int looked = 0;
        for (int place = table.first(hash); place >= 0 && !enough(); place = table.nextEqual(place)) {
            if (++looked % PLACES_PER_CHECK == 0) {
                request.cancellation().check();
            }
            compare(place);
        }
    }

    private void compareAll() {
        for (int place = 0; place < rows.places.end(); place++) {
            if (place % PLACES_PER_CHECK == 0) {
                request.cancellation().check();
            }
            compare(place);
        }
    }

    private void compare(int place) {
        int ordinal = context.visited.add(place) ? rows.ordinal(place) : LshRows.NONE;
        if (ordinal != LshRows.NONE
                && ordinal < effort.rowEnd()
                && request.live().accepts(ordinal)) {
            compared++;
            collector.offer(context.target.key(context.rows.address(ordinal)), ordinal);
        }
    }
}
