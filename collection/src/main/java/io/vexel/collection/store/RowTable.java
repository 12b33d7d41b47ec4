package io.vexel.collection.store;

import io.vexel.base.CapacityException;
import io.vexel.collection.PointId;
import io.vexel.collection.payload.Deaths;
import io.vexel.index.RowFilter;
import io.vexel.memory.MemoryBudget;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.BitSet;

/**
 * What is known about each row, by ordinal: its id, where its payload lies, the row that held the id before, and the version at
 * which it died. Every row dies at most once, so versions fit 32 bits as ordinals do.
 *
 * <pre>
 *   put --> alive --> dead at a version --> given up, with all of its block --> forgotten
 *                                           (the floor)                         (nobody looks at older states)
 * </pre>
 *
 * <p>Of a forgotten block nothing is known but that its rows are dead in every state, and where the last of their payloads ends. It takes no memory.
 *
 * <p>Access: one writer. Ids, payloads and links of a row are set before its snapshot is published and never change while anybody may ask for them. Deaths are
 * set at any time, with a version above that of every snapshot published before; a reader that sees such a death early takes
 * the row for alive all the same. {@code givenUp} is volatile and refers to what no longer changes.
 */
final class RowTable implements AutoCloseable {

    /** No row. */
    static final int NONE = -1;

    /** Most rows. */
    static final long MAX_ROWS = Integer.MAX_VALUE - 1L;

    private static final int BLOCK_SHIFT = 10;

    /** Rows of a block; deaths are counted by block, and compaction works block by block. */
    static final int BLOCK_ROWS = 1 << BLOCK_SHIFT;

    /** The death of a row that is alive. No row at all, a gap, and a row that was forgotten have 0: dead in every state. */
    private static final int ALIVE = -1;

    private static final int TEXT_ID = 0x8000_0000;
    private static final int LENGTH_BITS = 20;

    private final Column ids;
    private final Column payloads;
    private final Column links;
    private final Column deaths;
    private final Column deathsInBlock;
    private final TextHeap texts;
    /** Blocks that were forgotten. Like the next, for whoever loads and then for the compaction. */
    private final BitSet forgotten = new BitSet();
    /** Of each of these blocks, where its payloads end; as long as was needed. */
    private long[] payloadEnds = {};

    private volatile GivenUp givenUp = new GivenUp(0, new long[0]);

    /** Blocks in which every row died at the floor or before. Immutable. */
    private static final class GivenUp {

        private final int floor;
        /** A bit a block. */
        private final long[] blocks;

        GivenUp(int floor, long[] blocks) {
            this.floor = floor;
            this.blocks = blocks;
        }

        boolean contains(long block) {
            int word = (int) (block >>> 6);
            return word < blocks.length && (blocks[word] >>> block & 1) != 0;
        }
    }

    RowTable(MemoryBudget budget, String owner) {
        ids = new Column(budget, owner, Long.BYTES);
        payloads = new Column(budget, owner, Long.BYTES);
        links = new Column(budget, owner, Integer.BYTES);
        deaths = new Column(budget, owner, Integer.BYTES);
        deathsInBlock = new Column(budget, owner, Integer.BYTES);
        texts = new TextHeap(budget, owner);
    }

    /** Makes room for rows below {@code count}; throws {@link CapacityException} when there is none. */
    void ensure(long count) {
        ensure(count, count);
    }

    /**
     * As {@link #ensure(long)}, where rows from {@code gap} on are going to be a {@linkplain #setGap gap}, most of which takes no memory.
     *
     * @param gap at most {@code count}
     */
    void ensure(long count, long gap) {
        if (count > MAX_ROWS) {
            throw new CapacityException("rows in a collection", count, MAX_ROWS);
        }
        ids.ensure(count, gap);
        payloads.ensure(count, gap);
        links.ensure(count, gap);
        deaths.ensure(count, gap);
        deathsInBlock.ensure((count >>> BLOCK_SHIFT) + 1);
    }

    /** Bytes that {@link #ensure} and {@link #ensureTexts} would take together. */
    long missingBytes(long count, long newTexts, long textBytes) {
        return ids.missingBytes(count)
                + payloads.missingBytes(count)
                + links.missingBytes(count)
                + deaths.missingBytes(count)
                + deathsInBlock.missingBytes((count >>> BLOCK_SHIFT) + 1)
                + texts.missingBytes(newTexts, textBytes);
    }

    /** Bytes that it will take when it grows next, but for texts. */
    long nextBytes() {
        return ids.chunkBytes() + payloads.chunkBytes() + links.chunkBytes() + deaths.chunkBytes();
    }

    /** Makes room for so many more texts with so many bytes together; throws {@link CapacityException} when there is none. */
    void ensureTexts(long count, long bytes) {
        texts.ensure(count, bytes);
    }

    void setNumber(int ordinal, long value, int previous) {
        set(ordinal, value, previous + 1);
    }

    void setText(int ordinal, byte[] source, int offset, int length) {
        set(ordinal, texts.append(source, offset, length), TEXT_ID);
    }

    /** A row with the text that an earlier row of the same id has. */
    void setTextOf(int ordinal, int previous) {
        set(ordinal, ids.getLong(previous), TEXT_ID | (previous + 1));
    }

    private void set(int ordinal, long id, int link) {
        ids.setLong(ordinal, id);
        links.setInt(ordinal, link);
        deaths.setInt(ordinal, ALIVE);
    }

    /**
     * Rows of which nothing is known but that they are dead in every state.
     *
     * @param payloadEnd where the last of their payloads ends; 0 says nothing
     */
    void setGap(int first, int count, long payloadEnd) {
        int end = first + count;
        for (int at = first; at < end; ) {
            int block = at >>> BLOCK_SHIFT;
            int next = (int) Math.min(end, (block + 1L) << BLOCK_SHIFT);
            deathsInBlock.setInt(block, deathsInBlock.getInt(block) + next - at);
            if (next - at == BLOCK_ROWS) {
                forget(block, next == end ? payloadEnd : 0);
            } else if (next == end && payloadEnd > 0) {
                setPayload(next - 1, payloadEnd - 1, 1);
            }
            at = next;
        }
    }

    /** Where the payload of the row ends; 0 without one. In a block that was forgotten, where the last one of it ends. Not for readers. */
    long payloadEnd(int ordinal) {
        return isForgotten(ordinal)
                ? payloadEnds[ordinal >>> BLOCK_SHIFT]
                : payloadOffset(ordinal) + payloadLength(ordinal);
    }

    /** True when the block of the row was forgotten. Not for readers. */
    boolean isForgotten(int ordinal) {
        return forgotten.get(ordinal >>> BLOCK_SHIFT);
    }

    /** @param length 0: no payload */
    void setPayload(int ordinal, long offset, int length) {
        payloads.setLong(ordinal, length == 0 ? 0 : offset << LENGTH_BITS | (length - 1));
    }

    void kill(int ordinal, int version) {
        assert isAlive(ordinal) : "row " + ordinal + " dies twice";
        deaths.setInt(ordinal, version);
        int block = ordinal >>> BLOCK_SHIFT;
        deathsInBlock.setInt(block, deathsInBlock.getInt(block) + 1);
    }

    /** Rows of the block that are dead in the newest state, published or not. */
    int deathsIn(int block) {
        return deathsInBlock.getInt(block);
    }

    /** True when the row died at this version or before. */
    boolean isDeadAt(int ordinal, int version) {
        return !isVisible(ordinal, version);
    }

    /**
     * Notes which blocks are wholly dead at the floor. Readers of versions below the floor may still be there: they do not look at it.
     *
     * @param rowCount rows of a state whose version is the floor or later
     */
    void giveUp(int floor, int rowCount) {
        int blocks = rowCount >>> BLOCK_SHIFT;
        GivenUp before = givenUp;
        long[] bits = Arrays.copyOf(before.blocks, Math.max(before.blocks.length, Math.ceilDiv(blocks, Long.SIZE)));
        for (int block = 0; block < blocks; block++) {
            boolean dead = deathsInBlock.getInt(block) == BLOCK_ROWS && !before.contains(block);
            if (dead && (forgotten.get(block) || isBlockDeadAt(block, floor))) {
                bits[block >>> 6] |= 1L << block;
            }
        }
        givenUp = new GivenUp(floor, bits);
    }

    private boolean isBlockDeadAt(int block, int version) {
        int first = block << BLOCK_SHIFT;
        for (int row = first; row < first + BLOCK_ROWS; row++) {
            if (isVisible(row, version)) {
                return false;
            }
        }
        return true;
    }

    /** A block that was given up and not forgotten yet, the first from a block on; -1 without one. */
    int nextToForget(int from) {
        GivenUp given = givenUp;
        for (int block = forgotten.nextClearBit(from);
                block < given.blocks.length * Long.SIZE;
                block = forgotten.nextClearBit(block + 1)) {
            if (given.contains(block)) {
                return block;
            }
        }
        return -1;
    }

    /** Gives back the memory of a block that was given up, when nobody looks at a state below the floor any more and no id leads to one of its rows. */
    void forget(int block) {
        long end = 0;
        for (int row = block << BLOCK_SHIFT, rowEnd = row + BLOCK_ROWS; row < rowEnd; row++) {
            end = Math.max(end, payloadEnd(row));
        }
        forget(block, end);
    }

    private void forget(int block, long payloadEnd) {
        if (block >= payloadEnds.length) {
            payloadEnds = Arrays.copyOf(payloadEnds, block + Math.max(16, block / 2));
        }
        payloadEnds[block] = payloadEnd;
        long first = (long) block << BLOCK_SHIFT;
        // Readers may ask whether a row is dead, which it stays.
        ids.forget(first, BLOCK_ROWS);
        payloads.forget(first, BLOCK_ROWS);
        links.forget(first, BLOCK_ROWS);
        deaths.forget(first, BLOCK_ROWS);
        forgotten.set(block);
    }

    /** The text of an id is wanted no more: no id leads to the row. */
    void forgetText(int ordinal) {
        texts.forget(ids.getLong(ordinal));
    }

    /** Rows of the blocks that were given up. */
    long givenUpRows() {
        long blocks = 0;
        for (long word : givenUp.blocks) {
            blocks += Long.bitCount(word);
        }
        return blocks * BLOCK_ROWS;
    }

    /** True when all blocks in which the range lies were given up. */
    boolean isGivenUp(long firstOrdinal, long count) {
        return isGivenUp(givenUp, firstOrdinal, count);
    }

    private static boolean isGivenUp(GivenUp given, long firstOrdinal, long count) {
        long end = (firstOrdinal + count + BLOCK_ROWS - 1) >>> BLOCK_SHIFT;
        for (long block = firstOrdinal >>> BLOCK_SHIFT; block < end; block++) {
            if (!given.contains(block)) {
                return false;
            }
        }
        return true;
    }

    /** True when the row is alive in the newest state, published or not. */
    boolean isAlive(int ordinal) {
        return deaths.getInt(ordinal) == ALIVE;
    }

    /** The row that held the id before, or {@link #NONE}. */
    int previous(int ordinal) {
        return (links.getInt(ordinal) & ~TEXT_ID) - 1;
    }

    boolean isNumber(int ordinal) {
        return links.getInt(ordinal) >= 0;
    }

    /** The number that the id of a row is. */
    long number(int ordinal) {
        return ids.getLong(ordinal);
    }

    boolean isNumber(int ordinal, long value) {
        return links.getInt(ordinal) >= 0 && ids.getLong(ordinal) == value;
    }

    /** The bytes of the text that the id of a row is; none when it was forgotten. */
    byte[] text(int ordinal) {
        return texts.text(ids.getLong(ordinal)).toArray(ValueLayout.JAVA_BYTE);
    }

    boolean isText(int ordinal, byte[] bytes, int offset, int length) {
        return links.getInt(ordinal) < 0 && texts.matches(ids.getLong(ordinal), bytes, offset, length);
    }

    PointId id(long ordinal) {
        long word = ids.getLong(ordinal);
        if (links.getInt(ordinal) >= 0) {
            return PointId.of(word);
        }
        var text = texts.text(word);
        return PointId.Text.read(text, 0, (int) text.byteSize());
    }

    /** Order of the ids of two rows. */
    int compareIds(long first, long second) {
        boolean firstIsText = links.getInt(first) < 0;
        boolean secondIsText = links.getInt(second) < 0;
        if (firstIsText != secondIsText) {
            return firstIsText ? 1 : -1;
        }
        long a = ids.getLong(first);
        long b = ids.getLong(second);
        return firstIsText ? texts.compare(a, b) : Long.compareUnsigned(a, b);
    }

    boolean hasPayload(long ordinal) {
        return payloads.getLong(ordinal) != 0;
    }

    long payloadOffset(long ordinal) {
        return payloads.getLong(ordinal) >>> LENGTH_BITS;
    }

    int payloadLength(long ordinal) {
        long word = payloads.getLong(ordinal);
        return word == 0 ? 0 : (int) (word & ((1 << LENGTH_BITS) - 1)) + 1;
    }

    /** True when a snapshot of that version sees the row, given that it has the row. */
    boolean isVisible(long ordinal, int version) {
        return Integer.compareUnsigned(deaths.getInt(ordinal), version) > 0;
    }

    /** Which rows are dead at that version. */
    Deaths deathsAt(int version) {
        return new Deaths(version, row -> !isVisible(row, version));
    }

    /** Which rows a snapshot of that version sees, among those it has. */
    RowFilter visibleAt(int version) {
        GivenUp known = givenUp;
        // An older state may see rows of these blocks.
        GivenUp given =
                Integer.compareUnsigned(version, known.floor) >= 0 ? known : new GivenUp(known.floor, new long[0]);
        return new RowFilter() {
            @Override
            public boolean accepts(long ordinal) {
                return isVisible(ordinal, version);
            }

            @Override
            public boolean acceptsAll(long firstOrdinal, int count) {
                long last = (firstOrdinal + count - 1) >>> BLOCK_SHIFT;
                for (long block = firstOrdinal >>> BLOCK_SHIFT; block <= last; block++) {
                    if (deathsInBlock.getInt(block) != 0) {
                        return false;
                    }
                }
                return true;
            }

            @Override
            public boolean acceptsNone(long firstOrdinal, int count) {
                return isGivenUp(given, firstOrdinal, count);
            }
        };
    }

    @Override
    public void close() {
        ids.close();
        payloads.close();
        links.close();
        deaths.close();
        deathsInBlock.close();
        texts.close();
    }
}
