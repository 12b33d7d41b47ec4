package io.vexel.index;

import io.vexel.distance.DotBlock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Scans chunks for all queries of a request, tile by tile: a tile is read from memory once and stays in the processor's cache
 * while the queries pass over it. Used by one thread.
 *
 * <p>Keys are always those of the kernels, however many queries and threads there are; the block filter only chooses the rows
 * for which they are computed. So results do not depend on how the work was cut.
 */
final class ChunkScanner implements RowScanner {

    private static final int SINGLE_TILE_BYTES = 256 * 1024;
    private static final int BATCH_TILE_BYTES = 64 * 1024;
    private static final int MOST_TILE_ROWS = 4096;

    /** Where more than one row in so many is a result, estimates are in vain. */
    private static final int ROWS_PER_RESULT = 8;

    private final SearchRequest request;
    private final Scorer scorer;
    private final int rowBytes;
    private final int tileRows;
    private final List<Collector> collectors = new ArrayList<>();
    private final Optional<BlockFilter> blocks;
    private float[] keys = {};
    private long compared;

    /** What all scanners of a search have in common. Immutable. */
    record Plan(SearchRequest request, Scorer scorer, float bound, Optional<BlockFilter.Groups> groups) {

        static Plan of(SearchRequest request, Scorer scorer, long rowCount) {
            float bound = scorer.metric().largestKeyWithin(request.radius());
            boolean selective = request.k() < rowCount / ROWS_PER_RESULT || bound < Float.POSITIVE_INFINITY;
            boolean inBlocks = selective
                    && BlockFilter.Groups.grouped(scorer.queryCount()) > 0
                    && DotBounds.cover(scorer.metric());
            return new Plan(
                    request, scorer, bound, inBlocks ? Optional.of(new BlockFilter.Groups(scorer)) : Optional.empty());
        }
    }

    ChunkScanner(Plan plan) {
        request = plan.request();
        scorer = plan.scorer();
        rowBytes = scorer.rowBytes();
        int tileBytes = scorer.queryCount() == 1 ? SINGLE_TILE_BYTES : BATCH_TILE_BYTES;
        tileRows = Math.clamp(tileBytes / rowBytes & -DotBlock.ROWS, DotBlock.ROWS, MOST_TILE_ROWS);
        blocks = plan.groups()
                .map(groups -> new BlockFilter(groups, new DotBounds(scorer.metric(), scorer.dimension()), tileRows));
        for (int q = 0; q < scorer.queryCount(); q++) {
            Collector collector = new Collector(request.k(), plan.bound(), request.filter(), request.tieBreak());
            collectors.add(collector);
            int query = q;
            blocks.filter(filter -> query < filter.queryCount())
                    .ifPresent(filter -> filter.threshold(query, collector.threshold()));
        }
    }

    List<Collector> collectors() {
        return collectors;
    }

    @Override
    public long compared() {
        return compared;
    }

    @Override
    public void scan(long firstOrdinal, long address, int rowCount) {
        if (keys.length == 0) {
            keys = new float[Scorer.KEYS_PER_ROW * tileRows];
        }
        boolean allLive = request.live().acceptsAll(firstOrdinal, rowCount);
        for (int first = 0; first < rowCount; first += tileRows) {
            request.cancellation().check();
            int count = Math.min(tileRows, rowCount - first);
            long tile = address + (long) first * rowBytes;
            int live = allLive ? count : liveRows(firstOrdinal + first, count);
            compared += (long) live * scorer.queryCount();
            if (live == count) {
                scanTile(firstOrdinal + first, tile, count, RowFilter.ALL);
            } else if (2 * live >= count) {
                scanTile(firstOrdinal + first, tile, count, request.live());
            } else if (live > 0) {
                scanLiveRows(firstOrdinal + first, tile, count);
            }
        }
    }

    @Override
    public void scanSome(long firstOrdinal, long firstRow, int[] ordinals, int from, int to) {
        request.cancellation().check();
        for (int i = from; i < to; i++) {
            if (request.live().accepts(ordinals[i])) {
                compared += collectors.size();
                offerToFirst(collectors.size(), ordinals[i], firstRow + (ordinals[i] - firstOrdinal) * rowBytes);
            }
        }
    }

    private int liveRows(long firstOrdinal, int count) {
        int live = 0;
        for (int r = 0; r < count; r++) {
            live += request.live().accepts(firstOrdinal + r) ? 1 : 0;
        }
        return live;
    }

    /** Looks at live rows only: cheaper where most are dead. */
    private void scanLiveRows(long firstOrdinal, long address, int count) {
        for (int r = 0; r < count; r++) {
            if (request.live().accepts(firstOrdinal + r)) {
                offerToFirst(collectors.size(), firstOrdinal + r, address + (long) r * rowBytes);
            }
        }
    }

    private void offerToFirst(int queryCount, long ordinal, long row) {
        for (int q = 0; q < queryCount; q++) {
            collectors.get(q).offer(scorer.key(q, row), ordinal);
        }
    }

    private void scanTile(long firstOrdinal, long address, int count, RowFilter live) {
        if (blocks.isPresent()) {
            scanBlocks(blocks.get(), firstOrdinal, address, count, live);
        }
        for (int q = blocks.map(BlockFilter::queryCount).orElse(0); q < collectors.size(); q++) {
            scorer.keys(q, address, count, keys);
            offerKeys(collectors.get(q), firstOrdinal, count, live);
        }
    }

    private void offerKeys(Collector collector, long firstOrdinal, int count, RowFilter live) {
        float threshold = collector.threshold();
        for (int r = 0; r < count; r++) {
            if (keys[r] <= threshold && live.accepts(firstOrdinal + r)) {
                collector.offer(keys[r], firstOrdinal + r);
                threshold = collector.threshold();
            }
        }
    }

    private void scanBlocks(BlockFilter filter, long firstOrdinal, long address, int count, RowFilter live) {
        int inBlocks = count & -DotBlock.ROWS;
        filter.tile(address, inBlocks);
        for (int group = 0; group < filter.groupCount(); group++) {
            filter.estimate(group, address, inBlocks);
            for (int r = 0; r < inBlocks; r++) {
                long lanes = filter.candidates(group, r);
                if (lanes != 0 && live.accepts(firstOrdinal + r)) {
                    offerToLanes(filter, group, lanes, firstOrdinal + r, address + (long) r * rowBytes);
                }
            }
        }
        for (int r = inBlocks; r < count; r++) {
            if (live.accepts(firstOrdinal + r)) {
                offerToFirst(filter.queryCount(), firstOrdinal + r, address + (long) r * rowBytes);
            }
        }
    }

    private void offerToLanes(BlockFilter filter, int group, long lanes, long ordinal, long row) {
        for (long left = lanes; left != 0; left &= left - 1) {
            int query = group * DotBlock.QUERIES + Long.numberOfTrailingZeros(left);
            Collector collector = collectors.get(query);
            float before = collector.threshold();
            collector.offer(scorer.key(query, row), ordinal);
            if (collector.threshold() != before) {
                filter.threshold(query, collector.threshold());
            }
        }
    }
}
