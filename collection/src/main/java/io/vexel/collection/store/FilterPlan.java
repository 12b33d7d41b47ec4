package io.vexel.collection.store;

import io.vexel.collection.Filter;
import io.vexel.collection.payload.Bounds;
import io.vexel.index.Cancellation;
import io.vexel.index.OrdinalSet;
import io.vexel.index.RowFilter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.roaringbitmap.BatchIterator;
import org.roaringbitmap.IntIterator;
import org.roaringbitmap.RoaringBitmap;

/**
 * A filter made ready for one state of a collection: which rows may fulfil it, how many do, and a test for single rows. Payload indexes decide what
 * they can; what they leave open is decided by reading payloads. Safe for use by the threads of one search.
 */
public final class FilterPlan {

    /** Rows that are looked at for an estimate, where more are undecided. */
    public static final int SAMPLE_ROWS = 1_000;

    /** Up to so many candidates are counted one by one when rows died; beyond, the share of dead rows is taken to be the same everywhere. */
    private static final int MOST_COUNTED = 1 << 16;

    private final ReadView view;
    private final Filter filter;
    private final Optional<Bounds> bounds;
    private final PayloadFilter payloads;
    private final PayloadFilter scattered;
    private final RowFilter rows;
    private final RowFilter scatteredRows;

    /**
     * How many points fulfil the filter.
     *
     * @param exact false when it was sampled or scaled
     */
    public record Estimate(long matches, boolean exact) {}

    /**
     * @param bounds what the indexes know; empty: nothing
     * @param cancellation asked whenever a payload is to be read
     */
    FilterPlan(
            ReadView view,
            Filter filter,
            Optional<Bounds> bounds,
            Predicate<Filter> decided,
            Cancellation cancellation) {
        this.view = view;
        this.bounds = bounds;
        this.filter = filter;
        boolean partly = bounds.isPresent() && !bounds.get().isExact();
        FilterProgram program = new FilterProgram(partly ? rest(filter, decided) : filter);
        this.payloads = new PayloadFilter(program, view, cancellation);
        this.scattered = payloads.forScatteredRows();
        this.rows = test(payloads);
        this.scatteredRows = test(scattered);
    }

    /** What is left to ask about a row within the upper bound: the operands of a conjunction that the indexes do not decide. */
    private static Filter rest(Filter filter, Predicate<Filter> decided) {
        if (!(filter instanceof Filter.And and)) {
            return filter;
        }
        List<Filter> open = new ArrayList<>(and.operands());
        open.removeIf(decided);
        return open.size() > 1 ? new Filter.And(open) : open.isEmpty() ? filter : open.getFirst();
    }

    /** @param open decides what the indexes leave open */
    private RowFilter test(RowFilter open) {
        if (bounds.isEmpty()) {
            return open;
        }
        RoaringBitmap lower = bounds.get().lower();
        RoaringBitmap upper = bounds.get().upper();
        if (isExact()) {
            return ordinal -> lower.contains((int) ordinal);
        }
        return ordinal -> lower.contains((int) ordinal) || (upper.contains((int) ordinal) && open.accepts(ordinal));
    }

    /** Whether a row that is alive fulfils the filter. For rows that are mostly asked about in their order. */
    public RowFilter rows() {
        return rows;
    }

    /** As {@link #rows}, for rows that lie anywhere: no more is read than their payloads. */
    public RowFilter scatteredRows() {
        return scatteredRows;
    }

    /** Whether a row may fulfil the filter, as far as indexes know, so that no payload is read; {@link RowFilter#ALL} when they rule no row out. */
    public RowFilter possible() {
        int rowCount = view.snapshot().rowCount();
        if (bounds.isEmpty() || mostBelow(rowCount) == rowCount) {
            return RowFilter.ALL;
        }
        RoaringBitmap upper = bounds.get().upper();
        return ordinal -> upper.contains((int) ordinal);
    }

    /** Rows among which are all that fulfil the filter, dead ones too; empty when no index helps. */
    public Optional<OrdinalSet> candidates() {
        return bounds.map(known -> new Candidates(known.upper(), view.snapshot().rowCount()));
    }

    /** True when every candidate that is alive fulfils the filter, so that no payload is read. */
    public boolean isExact() {
        return bounds.isPresent() && bounds.get().isExact();
    }

    /** Most rows below a row that fulfil the filter as far as indexes know, dead ones among them. */
    public long mostBelow(long rowEnd) {
        return bounds.isEmpty() || rowEnd == 0 ? rowEnd : bounds.get().upper().rankLong(Math.toIntExact(rowEnd - 1));
    }

    /** Whether a payload was damaged, or could not be read: then that, and no other failure, may be why a search with the filter failed. */
    public boolean hasFailed() {
        return payloads.hasFailed();
    }

    /** Payloads that were read and held against the filter, those of a sample among them. */
    public long payloadsChecked() {
        return payloads.checked();
    }

    /**
     * How many points fulfil the filter. Exact when indexes decide it and either no row died or few rows are candidates; else the undecided rows
     * are judged by a sample of {@value #SAMPLE_ROWS}. A sample serves later plans of the filter until the rows are others by a tenth.
     */
    public Estimate estimate() {
        Snapshot state = view.snapshot();
        if (state.rowCount() == 0) {
            return new Estimate(0, true);
        }
        if (bounds.isEmpty()) {
            return sample(0, state.rowCount(), at -> at);
        }
        RoaringBitmap lower = bounds.get().lower();
        Estimate sure = count(lower);
        if (isExact()) {
            return sure;
        }
        RoaringBitmap open = RoaringBitmap.andNot(bounds.get().upper(), lower);
        open.remove((long) state.rowCount(), 1L << 32);
        return sample(sure.matches, open.getCardinality(), open::select);
    }

    private Estimate count(RoaringBitmap decided) {
        Snapshot state = view.snapshot();
        long stored = decided.rank(state.rowCount() - 1);
        if (state.liveCount() == state.rowCount()) {
            return new Estimate(stored, true);
        }
        if (stored > MOST_COUNTED) {
            return new Estimate(Math.round((double) stored * state.liveCount() / state.rowCount()), false);
        }
        long live = 0;
        IntIterator rowsLeft = decided.getIntIterator();
        for (long i = 0; i < stored; i++) {
            live += view.isLive(rowsLeft.next()) ? 1 : 0;
        }
        return new Estimate(live, true);
    }

    /** An undecided row by its number among them. */
    @FunctionalInterface
    private interface Undecided {
        int row(int at);
    }

    private Estimate sample(long sure, int count, Undecided undecided) {
        if (count <= SAMPLE_ROWS) {
            return new Estimate(sure + fulfilled(count, undecided), true);
        }
        SampledShares.Population population =
                new SampledShares.Population(filter, count, view.snapshot().liveCount());
        double share = view.sampledShares().get(population, () -> {
            SplittableRandom random = new SplittableRandom(count);
            return (double) fulfilled(SAMPLE_ROWS, _ -> undecided.row(random.nextInt(count))) / SAMPLE_ROWS;
        });
        return new Estimate(sure + Math.round(share * count), false);
    }

    private int fulfilled(int count, Undecided undecided) {
        int fulfilled = 0;
        for (int i = 0; i < count; i++) {
            int row = undecided.row(i);
            fulfilled += view.isLive(row) && scattered.accepts(row) ? 1 : 0;
        }
        return fulfilled;
    }

    private record Candidates(RoaringBitmap rows, int rowCount) implements OrdinalSet {

        @Override
        public long size() {
            return rows.rank(rowCount - 1);
        }

        @Override
        public int read(long from, long end, int[] target) {
            if (from >= Math.min(end, rowCount)) {
                return 0;
            }
            BatchIterator left = rows.getBatchIterator();
            left.advanceIfNeeded((int) from);
            int count = left.hasNext() ? left.nextBatch(target) : 0;
            long limit = Math.min(end, rowCount);
            if (count > 0 && target[count - 1] >= limit) {
                int found = Arrays.binarySearch(target, 0, count, (int) limit);
                count = found < 0 ? -found - 1 : found;
            }
            return count;
        }
    }
}
