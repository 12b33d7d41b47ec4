package io.vexel.index;

import io.vexel.memory.MemoryBudget;

/**
 * Which place a row has among records that begin with {@code ordinal + 1}. Derived from these, four bytes for each ordinal near one that is entered, and not saved.
 *
 * <p>Invariant, whenever no insertion, no takeover and no sweep runs: a row is entered here exactly if its insertion succeeded, the record of its place has its
 * ordinal, and no sweep has begun to take it out. Rows enter and are renamed beside each other; they leave while neither runs. So what is found here between these stays, and
 * no sweep is about to take it.
 */
final class RowPlaces implements AutoCloseable {

    static final int NONE = GraphLayout.NO_VERTEX;

    private final Records records;
    private final VertexMap map;

    RowPlaces(Records records, MemoryBudget budget, String owner) {
        this.records = records;
        map = new VertexMap(budget, owner);
    }

    /**
     * Makes room for an ordinal.
     *
     * @throws io.vexel.base.CapacityException when there is no memory for it; nothing changes
     */
    void ensure(int ordinal) {
        map.ensure(ordinal);
    }

    /** Enters a row for whose ordinal there is room, when searches find it. */
    void enter(int ordinal, int place) {
        map.put(ordinal, place);
    }

    /** The row at a place, which a sweep is about to take out, leaves. */
    void leave(int place) {
        map.remove(ordinalAt(place), place);
    }

    /** The place of a row; {@link #NONE} when it is not entered. */
    int place(int ordinal) {
        int place = map.vertex(ordinal);
        return place != NONE && ordinalAt(place) == ordinal ? place : NONE;
    }

    private int ordinalAt(int place) {
        return RawInts.getAcquire(records.address(place)) - 1;
    }

    /**
     * Gives the place of one row to another row, for whose ordinal there is room.
     *
     * @return false when it is not the place of the one row any more; nothing changes
     */
    boolean rename(int place, int ordinal, int other) {
        if (!RawInts.compareAndSet(records.address(place), ordinal + 1, other + 1)) {
            return false;
        }
        map.put(other, place);
        map.remove(ordinal, place);
        records.markChanged(place);
        return true;
    }

    /** As {@link VertexMap#trim}. */
    void trim(long end) {
        map.trim(end);
    }

    /** Reports rows that are entered and have another place, or none. */
    void check(Findings findings, int placeEnd) {
        for (int ordinal = 0; ordinal < map.end(); ordinal++) {
            int place = map.vertex(ordinal);
            if (place != NONE && (place < 0 || place >= placeEnd || ordinalAt(place) != ordinal)) {
                findings.add("row " + ordinal + " is not at place " + place + ", as the map of ordinals has it");
            }
        }
    }

    long memoryBytes() {
        return map.byteSize();
    }

    @Override
    public void close() {
        map.close();
    }
}
