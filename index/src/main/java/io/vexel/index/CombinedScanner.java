package io.vexel.index;

/** Scans rows for one result by a combination of their distances to all queries. The distances are those of the kernels, to the bit. */
final class CombinedScanner implements RowScanner {

    private static final int TILE_ROWS = 256;

    private final SearchRequest request;
    private final Combination combination;
    private final Scorer scorer;
    private final int rowBytes;
    private final BestRows best;
    private final float[] keys = new float[Scorer.KEYS_PER_ROW * TILE_ROWS];
    private final double[] combined = new double[TILE_ROWS];
    private long compared;

    CombinedScanner(SearchRequest request, Combination combination, Scorer scorer) {
        this.request = request;
        this.combination = combination;
        this.scorer = scorer;
        rowBytes = scorer.rowBytes();
        best = new BestRows(request.k(), request.tieBreak());
    }

    BestRows best() {
        return best;
    }

    @Override
    public long compared() {
        return compared;
    }

    @Override
    public void scan(long firstOrdinal, long address, int rowCount) {
        for (int first = 0; first < rowCount; first += TILE_ROWS) {
            request.cancellation().check();
            int count = Math.min(TILE_ROWS, rowCount - first);
            combine(address + (long) first * rowBytes, count);
            for (int r = 0; r < count; r++) {
                long ordinal = firstOrdinal + first + r;
                if (request.live().accepts(ordinal)) {
                    consider(combined[r], ordinal);
                }
            }
        }
    }

    private void combine(long address, int count) {
        for (int q = 0; q < scorer.queryCount(); q++) {
            scorer.keys(q, address, count, keys);
            for (int r = 0; r < count; r++) {
                double distance = scorer.metric().distance(keys[r]);
                combined[r] = q == 0 ? distance : combination.apply(combined[r], distance);
            }
        }
    }

    @Override
    public void scanSome(long firstOrdinal, long firstRow, int[] ordinals, int from, int to) {
        request.cancellation().check();
        for (int i = from; i < to; i++) {
            if (request.live().accepts(ordinals[i])) {
                combine(firstRow + (ordinals[i] - firstOrdinal) * rowBytes, 1);
                consider(combined[0], ordinals[i]);
            }
        }
    }

    private void consider(double distance, long ordinal) {
        compared += scorer.queryCount();
        if (distance <= request.radius()
                && best.mayEnter(distance)
                && request.filter().accepts(ordinal)) {
            best.offer(distance, ordinal);
        }
    }
}
