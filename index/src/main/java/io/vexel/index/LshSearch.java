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

    private final LshFunctions functions;
    private final LshRows rows;
    private final List<LshTable> tables;

    LshSearch(LshParts parts) {
        functions = parts.functions();
        rows = parts.rows();
        tables = parts.tables();
    }

    /** Offers the rows it finds for a context's query to the context's best. */
    void run(LshContext context) {
        functions.ofQuery(context.target, context.signature);
        context.visited.reset(rows.places.end());
        context.probes.begin(context.signature);
        int probes = 0;
        while (!isEnough(context)) {
            int hash = context.probes.next(context.signature);
            if (hash < 0) {
                break;
            }
            lookInto(context, tables.get(context.probes.table()), hash);
            if (++probes % PROBES_PER_CHECK == 0) {
                context.wanted.cancellation().check();
            }
        }
        if (context.best.size() < context.wanted.k() && !context.wanted.isWithinRadius()) {
            compareAll(context);
        }
    }

    private static boolean isEnough(LshContext context) {
        Wanted wanted = context.wanted;
        return context.compared >= (long) CANDIDATES_PER_EF * wanted.ef()
                && (context.best.size() >= wanted.k() || wanted.isWithinRadius());
    }

    private void lookInto(LshContext context, LshTable table, int hash) {
        int looked = 0;
        for (int place = table.first(hash); place >= 0 && !isEnough(context); place = table.nextEqual(place)) {
            if (++looked % PLACES_PER_CHECK == 0) {
                context.wanted.cancellation().check();
            }
            compare(context, place);
        }
    }

    private void compareAll(LshContext context) {
        for (int place = 0; place < rows.places.end(); place++) {
            if (place % PLACES_PER_CHECK == 0) {
                context.wanted.cancellation().check();
            }
            compare(context, place);
        }
    }

    private void compare(LshContext context, int place) {
        int ordinal = context.visited.add(place) ? rows.ordinal(place) : LshRows.NONE;
        if (ordinal != LshRows.NONE && context.wanted.isLive(ordinal)) {
            context.compared++;
            context.best.offer(context.target.key(context.rows.address(ordinal)), ordinal);
        }
    }
}
