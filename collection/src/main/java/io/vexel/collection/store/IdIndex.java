package io.vexel.collection.store;

import io.vexel.base.CapacityException;
import io.vexel.base.CorruptionException;
import io.vexel.collection.PointId;
import io.vexel.memory.MemoryBudget;
import java.lang.foreign.MemorySegment;

/**
 * The state that follows from the id log: which row each id has, and what is known about each row. Operations of the log come in
 * through {@link IdFrameReader.Visitor}, the same way when a batch was just written and when a log is read again, so that
 * both give the same state, versions included.
 *
 * <p>The version grows by one for each batch that kills a row, hence never beyond the number of rows. Not thread-safe; the
 * owner's id lock guards the map. The row table has its own rules.
 */
final class IdIndex implements IdFrameReader.Visitor, AutoCloseable {

    private final IdHash hash;
    private final IdMap map;
    private final RowTable rows;
    private int rowCount;
    private int liveCount;
    private int version;
    private int floor;
    private long livePayloadBytes;
    private boolean killed;
    private long operations;
    private final MemoryBudget budget;
    private long foreseenBytes;

    IdIndex(MemoryBudget budget, String owner, long seed) {
        this.budget = budget;
        hash = new IdHash(seed);
        map = new IdMap(budget, owner);
        rows = new RowTable(budget, owner);
    }

    RowTable rows() {
        return rows;
    }

    int rowCount() {
        return rowCount;
    }

    /** Points of the newest state. */
    int liveCount() {
        return liveCount;
    }

    int version() {
        return version;
    }

    /** Rows that died at this version or before may have no bytes any more; at most {@link #version}. */
    int floor() {
        return floor;
    }

    /** Bytes of the payloads of the points of the newest state. */
    long livePayloadBytes() {
        return livePayloadBytes;
    }

    /** Puts and deletions that the log has. */
    long operations() {
        return operations;
    }

    /** The log was written anew from the points of a state of this version, which is the floor now, and what came later. */
    void writtenAnew(int stateVersion) {
        operations = liveCount;
        floor = stateVersion;
    }

    /** Ids that lead to a row, dead or alive: all ever seen but those whose last row was forgotten. */
    long idCount() {
        return map.size();
    }

    /**
     * Makes room, so that puts up to these counts cannot fail.
     *
     * @throws io.vexel.base.CapacityException when the memory budget refuses
     */
    void ensure(int morePuts, int moreTexts, long moreTextBytes) {
        try {
            rows.ensure((long) rowCount + morePuts);
            rows.ensureTexts(moreTexts, moreTextBytes);
            map.ensure(morePuts);
        } catch (CapacityException e) {
            // It was about a piece; whoever has others give memory back wants to know about all.
            long missing = rows.missingBytes((long) rowCount + morePuts, moreTexts, moreTextBytes)
                    + map.missingBytes(morePuts);
            throw e.isAboutMemory() ? new CapacityException(e.resource(), missing, budget.availableBytes()) : e;
        }
        foresee(rows.nextBytes() + map.nextBytes());
    }

    /** Says what will be wanted next, so that who can wait leaves it. */
    private void foresee(long bytes) {
        if (bytes != foreseenBytes) {
            budget.foresee(bytes - foreseenBytes);
            foreseenBytes = bytes;
        }
    }

    long hash(PointId id, byte[] textBuffer) {
        return switch (id) {
            case PointId.Numeric number -> hash.number(number.value());
            case PointId.Text text -> {
                text.copyTo(MemorySegment.ofArray(textBuffer), 0);
                yield hash.text(textBuffer, 0, text.byteLength());
            }
        };
    }

    /** The newest row of the id, dead or alive, or {@link RowTable#NONE}. */
    int find(PointId id) {
        return switch (id) {
            case PointId.Numeric number -> ordinalAt(slotOfNumber(number.value(), hash.number(number.value())));
            case PointId.Text text -> {
                byte[] bytes = new byte[text.byteLength()];
                text.copyTo(MemorySegment.ofArray(bytes), 0);
                yield ordinalAt(slotOfText(bytes, 0, bytes.length, hash.text(bytes, 0, bytes.length)));
            }
        };
    }

    /** Reads the slot at which looking for the number begins, and answers something that depends on it. */
    long touch(long number) {
        return map.touch(map.home(hash.number(number)));
    }

    private int ordinalAt(long slot) {
        return map.isEmpty(slot) ? RowTable.NONE : map.ordinal(slot);
    }

    private long slotOfNumber(long value, long idHash) {
        long slot = map.home(idHash);
        while (!map.isEmpty(slot) && !(map.mayMatch(slot, idHash) && rows.isNumber(map.ordinal(slot), value))) {
            slot = map.next(slot);
        }
        return slot;
    }

    private long slotOfText(byte[] bytes, int offset, int length, long idHash) {
        long slot = map.home(idHash);
        while (!map.isEmpty(slot)
                && !(map.mayMatch(slot, idHash) && rows.isText(map.ordinal(slot), bytes, offset, length))) {
            slot = map.next(slot);
        }
        return slot;
    }

    @Override
    public void putNumber(long value, long payloadOffset, int payloadBytes) {
        long idHash = hash.number(value);
        long slot = slotOfNumber(value, idHash);
        rows.setNumber(rowCount, value, ordinalAt(slot));
        put(slot, idHash, payloadOffset, payloadBytes);
    }

    @Override
    public void putText(byte[] source, int offset, int length, long payloadOffset, int payloadBytes) {
        long idHash = hash.text(source, offset, length);
        long slot = slotOfText(source, offset, length, idHash);
        if (map.isEmpty(slot)) {
            rows.setText(rowCount, source, offset, length);
        } else {
            rows.setTextOf(rowCount, map.ordinal(slot));
        }
        put(slot, idHash, payloadOffset, payloadBytes);
    }

    private void put(long slot, long idHash, long payloadOffset, int payloadBytes) {
        rows.setPayload(rowCount, payloadOffset, payloadBytes);
        if (map.isEmpty(slot)) {
            map.insert(slot, idHash, rowCount);
        } else {
            int previous = map.ordinal(slot);
            if (rows.isAlive(previous)) {
                kill(previous);
            }
            map.replace(slot, rowCount);
        }
        rowCount++;
        liveCount++;
        operations++;
        livePayloadBytes += payloadBytes;
    }

    private void kill(int ordinal) {
        rows.kill(ordinal, version + 1);
        killed = true;
        liveCount--;
        livePayloadBytes -= rows.payloadLength(ordinal);
    }

    @Override
    public void deleteNumber(long value) {
        killFound(slotOfNumber(value, hash.number(value)));
    }

    @Override
    public void deleteText(byte[] source, int offset, int length) {
        killFound(slotOfText(source, offset, length, hash.text(source, offset, length)));
    }

    private void killFound(long slot) {
        if (map.isEmpty(slot) || !rows.isAlive(map.ordinal(slot))) {
            throw new CorruptionException(CorruptionException.NO_BLOCK, "id log: it deletes a point that is not there");
        }
        kill(map.ordinal(slot));
        operations++;
    }

    @Override
    public void floor(long newFloor) {
        if (newFloor < floor || newFloor > version) {
            throw new CorruptionException(
                    CorruptionException.NO_BLOCK,
                    "id log: floor=" + Long.toUnsignedString(newFloor) + ", allowed: " + floor + ".." + version);
        }
        floor = (int) newFloor;
    }

    @Override
    public void state(long stateVersion) {
        if (rowCount > 0 || version > 0 || stateVersion < 0 || stateVersion > RowTable.MAX_ROWS) {
            throw new CorruptionException(
                    CorruptionException.NO_BLOCK,
                    "id log: state of version=" + Long.toUnsignedString(stateVersion) + " behind rows=" + rowCount);
        }
        version = (int) stateVersion;
        floor = version;
    }

    @Override
    public void gap(int count, long payloadEnd) {
        if (floor == 0) {
            throw new CorruptionException(CorruptionException.NO_BLOCK, "id log: rows were given up without a floor");
        }
        rows.ensure((long) rowCount + count, rowCount);
        rows.setGap(rowCount, count, payloadEnd);
        rowCount += count;
    }

    /** Gives up and forgets what died at the floor or before, while nobody has seen a state yet. */
    void forgetBehindFloor() {
        rows.giveUp(floor, rowCount);
        for (int block = rows.nextToForget(0); block >= 0; block = rows.nextToForget(block)) {
            forget(block);
        }
    }

    /** Forgets a block of rows that was given up, and the ids that lead to one of them. Nobody looks at a state below the floor any more. */
    void forget(int block) {
        for (int row = block * RowTable.BLOCK_ROWS, end = row + RowTable.BLOCK_ROWS; row < end; row++) {
            if (rows.isNumber(row)) {
                long slot = slotOfNumber(rows.number(row), hash.number(rows.number(row)));
                forgetId(slot, row);
            } else {
                byte[] text = rows.text(row);
                if (forgetId(slotOfText(text, 0, text.length, hash.text(text, 0, text.length)), row)) {
                    rows.forgetText(row);
                }
            }
        }
        rows.forget(block);
    }

    private boolean forgetId(long slot, int row) {
        boolean leadsThere = ordinalAt(slot) == row;
        if (leadsThere) {
            map.remove(slot);
        }
        return leadsThere;
    }

    @Override
    public void endOfBatch() {
        if (killed) {
            version++;
            killed = false;
        }
    }

    @Override
    public void close() {
        foresee(0);
        map.close();
        rows.close();
    }
}
