package io.vexel.memory.zone;

import static io.vexel.memory.raw.RawMemory.ALL;

import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * One 32-bit word for each unit of a zone, which says what a block that begins there is. The words of the other units of a block
 * mean nothing but their generation.
 *
 * <pre>
 *   31          16 15      8 7     5 4      0
 *   +-------------+---------+-------+--------+
 *   | generation  |  owner  | state | order  |
 *   +-------------+---------+-------+--------+
 * </pre>
 *
 * <p>Words of blocks in the buddy change with the lock of the zone; one in use or hot is its holder's. Who frees a block claims it by a
 * compare-and-set, so that of two who free the same block one is told.
 */
final class PageWords {

    static final int BYTES = Integer.BYTES;

    /** Inside a block, or never used. */
    static final int NO_HEAD = 0;

    static final int FREE = 1 << 5;
    static final int HOT = 2 << 5;
    static final int USED = 3 << 5;

    private static final int STATE_MASK = 7 << 5;
    private static final int ORDER_MASK = 31;
    private static final int OWNER_SHIFT = 8;
    private static final int GENERATION_SHIFT = 16;
    private static final int GENERATION_MASK = 0xFFFF << GENERATION_SHIFT;
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

    private final long address;

    /** @param address of zeroed memory, 4 bytes a unit */
    PageWords(long address) {
        this.address = address;
    }

    int get(int unit) {
        return ALL.get(ValueLayout.JAVA_INT, address + (long) unit * BYTES);
    }

    int getAcquire(int unit) {
        return (int) INT.getAcquire(ALL, address + (long) unit * BYTES);
    }

    private void put(int unit, int word) {
        ALL.set(ValueLayout.JAVA_INT, address + (long) unit * BYTES, word);
    }

    /** Sets state and order, and keeps the generation. */
    void set(int unit, int state, int order) {
        put(unit, (get(unit) & GENERATION_MASK) | state | order);
    }

    /** Makes the block one in use and gives its generation. */
    int use(int unit, int order, int owner) {
        int word = (get(unit) & GENERATION_MASK) | (owner << OWNER_SHIFT) | USED | order;
        put(unit, word);
        return generation(word);
    }

    /**
     * Claims a block in use for being freed: it becomes hot, of the next generation.
     *
     * @param word what it is now
     * @return false when another thread was faster
     */
    boolean claim(int unit, int word) {
        int next = ((word + (1 << GENERATION_SHIFT)) & GENERATION_MASK) | HOT | order(word);
        return INT.compareAndSet(ALL, address + (long) unit * BYTES, word, next);
    }

    static int order(int word) {
        return word & ORDER_MASK;
    }

    static int owner(int word) {
        return (word >>> OWNER_SHIFT) & 0xFF;
    }

    static int generation(int word) {
        return word >>> GENERATION_SHIFT;
    }

    static int state(int word) {
        return word & STATE_MASK;
    }

    static boolean isFree(int word, int order) {
        return (word & (STATE_MASK | ORDER_MASK)) == (FREE | order);
    }
}
