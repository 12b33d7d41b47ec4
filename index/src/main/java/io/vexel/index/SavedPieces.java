package io.vexel.index;

/** Pieces of the pages of a checkpoint that will be read soon, each by a read of its own. Used by one thread. */
public final class SavedPieces {

    /** As many as a step of a walk may read: the codes of all neighbors, and some rows. More are not noted. */
    private static final int MOST = 2 * GraphLayout.LINKS;

    private final int[] spaces = new int[MOST];
    private final long[] offsets = new long[MOST];
    private final int[] lengths = new int[MOST];
    private int count;

    /** Without a piece. */
    public SavedPieces() {}

    /** Notes a piece, as {@link SavedPages#read} is asked for it. */
    public void add(int space, long offset, int bytes) {
        if (count < MOST) {
            spaces[count] = space;
            offsets[count] = offset;
            lengths[count++] = bytes;
        }
    }

    /** Forgets them all. */
    public void clear() {
        count = 0;
    }

    boolean isFull() {
        return count == MOST;
    }

    public int count() {
        return count;
    }

    /** The sequence of pages that a piece lies in, 0..7. */
    public int space(int piece) {
        return spaces[piece];
    }

    /** The first byte of a piece from the start of its sequence. */
    public long offset(int piece) {
        return offsets[piece];
    }

    /** How long a piece is. */
    public int bytes(int piece) {
        return lengths[piece];
    }
}
