package io.vexel.index;

import io.vexel.base.CapacityException;
import io.vexel.memory.MemoryBudget;

/**
 * The entries of all tables, one record a row: {@code ordinal + 1 | hash in table 0 | hash in table 1 | ...}, 32 bits each, 0 in the
 * first field for an unused record. Saved; the next entries in the tables' lists are in records beside them, which are not.
 */
final class LshRows implements AutoCloseable {

    static final int NONE = -1;

    final Records records;
    final Places places;
    /** Has all rows but those that a sweep is taking out, from when the tables lead to them. */
    final RowPlaces rowPlaces;

    private final Records nexts;

    LshRows(int tables, MemoryBudget budget, EpochPool<?> searches) {
        records = new Records(budget, LshIndex.OWNER, Integer.BYTES * (1 + tables));
        nexts = new Records(budget, LshIndex.OWNER, Integer.BYTES * tables);
        places = new Places(records, searches);
        rowPlaces = new RowPlaces(records, budget, LshIndex.OWNER);
    }

    /** Stores a row's hashes; no table leads to it. */
    int add(int ordinal, int[] hashes) {
        int place = places.take();
        try {
            nexts.grow(place + 1L);
        } catch (CapacityException e) {
            places.give(place);
            throw e;
        }
        long at = records.address(place);
        for (int t = 0; t < hashes.length; t++) {
            RawInts.setRelease(at + Integer.BYTES * (1L + t), hashes[t]);
        }
        RawInts.setRelease(at, ordinal + 1);
        records.markChanged(place);
        return place;
    }

    void clear(int place) {
        RawInts.setRelease(records.address(place), 0);
        records.markChanged(place);
    }

    /** Whether a row has these hashes. */
    boolean hasHashes(int place, int[] hashes) {
        for (int t = 0; t < hashes.length; t++) {
            if (hash(place, t) != hashes[t]) {
                return false;
            }
        }
        return true;
    }

    /** Makes room for the lists of loaded records. */
    void ensureNexts(int end) {
        nexts.ensure(end);
    }

    /** The row at a place; {@link #NONE} where there is none. */
    int ordinal(int place) {
        return RawInts.getAcquire(records.address(place)) - 1;
    }

    int hash(int place, int table) {
        return RawInts.getAcquire(records.address(place) + Integer.BYTES * (1L + table));
    }

    long nextAddress(int place, int table) {
        return nexts.address(place) + (long) Integer.BYTES * table;
    }

    long memoryBytes() {
        return records.memoryBytes() + nexts.memoryBytes() + rowPlaces.memoryBytes();
    }

    @Override
    public void close() {
        records.close();
        nexts.close();
        rowPlaces.close();
    }
}
