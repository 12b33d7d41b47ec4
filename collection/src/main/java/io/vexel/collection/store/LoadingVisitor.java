package io.vexel.collection.store;

/**
 * Puts the operations of a log into the index. Operations on numbers are collected and done some dozens at a time: first the places
 * of all of them in the id map are read, one independent load each, so that their cache misses overlap; then they are done in
 * order. Alone, that miss is most of what a point costs. Makes room as it goes, since a log does not say beforehand how much it
 * needs.
 */
final class LoadingVisitor implements IdFrameReader.Visitor {

    private static final int LOOKAHEAD = 64;
    private static final int ROOM_AT_ONCE = 4_096;
    private static final int DELETE = -1;
    private static final int END_OF_BATCH = -2;

    private final IdIndex index;
    private final long[] values = new long[LOOKAHEAD];
    private final long[] payloadOffsets = new long[LOOKAHEAD];
    private final int[] payloadBytes = new int[LOOKAHEAD];
    private int waiting;
    private long room;
    private long touched;

    LoadingVisitor(IdIndex index) {
        this.index = index;
    }

    @Override
    public void putNumber(long value, long payloadOffset, int bytes) {
        add(value, payloadOffset, bytes);
    }

    @Override
    public void deleteNumber(long value) {
        add(value, 0, DELETE);
    }

    @Override
    public void endOfBatch() {
        add(0, 0, END_OF_BATCH);
    }

    private void add(long value, long payloadOffset, int bytes) {
        if (waiting == LOOKAHEAD) {
            drain();
        }
        values[waiting] = value;
        payloadOffsets[waiting] = payloadOffset;
        payloadBytes[waiting] = bytes;
        waiting++;
    }

    /** Does what was collected; to be called at the end of the log too. */
    void drain() {
        // Before the map is touched, because making room may move it.
        makeRoom(waiting);
        for (int i = 0; i < waiting; i++) {
            touched ^= index.touch(values[i]);
        }
        for (int i = 0; i < waiting; i++) {
            switch (payloadBytes[i]) {
                case DELETE -> index.deleteNumber(values[i]);
                case END_OF_BATCH -> index.endOfBatch();
                default -> {
                    room--;
                    index.putNumber(values[i], payloadOffsets[i], payloadBytes[i]);
                }
            }
        }
        waiting = 0;
    }

    private void makeRoom(int puts) {
        if (room < puts) {
            room = Math.max(1, Math.min(ROOM_AT_ONCE, RowTable.MAX_ROWS - index.rowCount()));
            index.ensure((int) room, 0, 0);
        }
    }

    @Override
    public void putText(byte[] source, int offset, int length, long payloadOffset, int bytes) {
        drain();
        makeRoom(1);
        room--;
        index.rows().ensureTexts(1, length);
        index.putText(source, offset, length, payloadOffset, bytes);
    }

    @Override
    public void floor(long version) {
        drain();
        index.floor(version);
        index.forgetBehindFloor();
    }

    @Override
    public void state(long version) {
        drain();
        index.state(version);
    }

    @Override
    public void gap(int rows, long payloadEnd) {
        drain();
        room = 0;
        index.gap(rows, payloadEnd);
    }

    @Override
    public void deleteText(byte[] source, int offset, int length) {
        drain();
        index.deleteText(source, offset, length);
    }

    /** Keeps the loads of {@link #drain} from being dropped as useless. */
    long touched() {
        return touched;
    }
}
