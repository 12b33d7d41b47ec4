package io.vexel.index;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.concurrent.locks.Lock;

/**
 * Locality-sensitive hashing with multi-probe. A row's hash in a table is made of the values of the table's functions; near rows often
 * have the same. {@link LshFunctions} are the families, {@link LshTable} the tables, {@link LshProbes} the order of the buckets.
 */
public final class LshIndex extends EpochIndex<LshContext> {

    static final String OWNER = "lsh index";

    private final LshParts parts;
    private final LshSearch search;

    LshIndex(LshSpec spec, IndexContext context, float scale) {
        super(context, new EpochPool<>(() -> new LshContext(spec, context)));
        parts = parts(spec, context, scale, searches);
        search = new LshSearch(parts);
        try {
            for (int t = 0; t < spec.tables(); t++) {
                parts.tables().add(new LshTable(parts.rows(), t, context.budget()));
            }
        } catch (RuntimeException | Error e) {
            discard();
            throw e;
        }
    }

    /** Without tables. */
    private static LshParts parts(LshSpec spec, IndexContext context, float scale, EpochPool<LshContext> searches) {
        LshRows rows = new LshRows(spec.tables(), context.budget(), searches);
        try {
            LshFunctions functions = LshFunctions.of(spec, context, scale);
            return new LshParts(spec, functions, scale, rows, new ArrayList<>(), searches);
        } catch (RuntimeException | Error e) {
            rows.close();
            throw e;
        }
    }

    LshParts parts() {
        return parts;
    }

    @Override
    public IndexKind kind() {
        return IndexKind.LSH;
    }

    @Override
    RowPlaces rowPlaces() {
        return parts.rows().rowPlaces;
    }

    @Override
    int insert(LshContext mine, int ordinal, long row) {
        parts.hash(mine, row);
        int place = parts.rows().add(ordinal, mine.hashes);
        for (LshTable table : parts.tables()) {
            table.insert(place);
        }
        return place;
    }

    /** If the hashes are the same, of which alone depends where searches find a row. */
    @Override
    boolean knowsTheSame(LshContext mine, long row, int other, int place) {
        parts.hash(mine, row);
        return parts.rows().hasHashes(place, mine.hashes);
    }

    /** A row that is left out is not found; none is passed through. */
    @Override
    Neighbors find(LshContext mine) {
        Wanted wanted = mine.wanted;
        mine.best.reset(wanted.k(), metric().largestKeyWithin(wanted.radius()), wanted.filter(), wanted.tieBreak());
        search.run(mine);
        return mine.best.neighbors(metric());
    }

    @Override
    public synchronized SweepResult sweep(RowFilter live, Cancellation cancellation) {
        BitSet dead = dead(live);
        if (!dead.isEmpty()) {
            for (LshTable table : parts.tables()) {
                table.remove(dead::get, cancellation);
            }
            dead.stream().forEach(place -> {
                parts.rows().clear(place);
                parts.rows().places.retire(place);
            });
            parts.rows().places.sealRetired(searches.advance());
        }
        return new SweepResult(dead.cardinality(), 0);
    }

    /** While no insert is under way, so that every row noted is in all tables, and no takeover, so that none of them is taken over from then on. */
    private BitSet dead(RowFilter live) {
        BitSet dead = new BitSet();
        Lock alone = inserts.writeLock();
        alone.lock();
        try {
            for (int place = 0; place < parts.rows().places.end(); place++) {
                int ordinal = parts.rows().ordinal(place);
                if (ordinal != LshRows.NONE && !live.accepts(ordinal)) {
                    dead.set(place);
                    parts.rows().rowPlaces.leave(place);
                }
            }
        } finally {
            alone.unlock();
        }
        return dead;
    }

    @Override
    public void forgetBelow(long ordinal) {
        rowPlaces().trim(ordinal);
    }

    @Override
    public void checkpoint(CheckpointSink sink) {
        LshCheckpoint.save(parts, context, sink);
    }

    @Override
    public void forgetCheckpoint() {
        parts.rows().records.forgetSaved();
    }

    @Override
    public Verification verify(RowFilter live) {
        LshContext mine = searches.enter();
        try (HeapCharge heap = new HeapCharge(context.budget(), OWNER, HeapCharge.SMALL)) {
            // Three bits a place.
            heap.add(3L * parts.rows().places.end() / Byte.SIZE);
            return new LshCheck(parts, mine).run(live);
        } finally {
            searches.exit(mine);
        }
    }

    @Override
    public IndexStatistics statistics() {
        LshRows rows = parts.rows();
        long count = 0;
        for (int place = 0; place < rows.places.end(); place++) {
            count += rows.ordinal(place) == LshRows.NONE ? 0 : 1;
        }
        return new IndexStatistics(count, rows.places.freeCount(), memoryBytes(), rows.records.changedCount(), 0);
    }

    @Override
    public long memoryBytes() {
        long memory = parts.rows().memoryBytes() + parts.functions().memoryBytes();
        for (LshTable table : parts.tables()) {
            memory += table.memoryBytes();
        }
        return memory;
    }

    @Override
    public void close() {
        ClosingWatch.closing(this);
        discard();
    }

    /** Frees the memory, also of an index that was not loaded whole. */
    void discard() {
        searches.close();
        parts.tables().forEach(LshTable::close);
        parts.rows().close();
        parts.functions().close();
    }
}
