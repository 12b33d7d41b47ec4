package io.vexel.memory.zone;

import io.vexel.base.Bytes;

/**
 * The free blocks of a zone: Knowlton's buddy system (CACM 8(10), 1965) with a bitmap in place of each free list, one for every order and
 * mobility. A zone is counted in units: pages, or huge pages in a zone of large objects. A block of order k is 2<sup>k</sup> units, begins
 * at a multiple of that, and its buddy is the other half of the block of order k + 1.
 *
 * <ul>
 *   <li>The least address is taken first, so that free memory gathers at the end of the zone.
 *   <li>Units lie in groups, 2 MiB each, and every group has a mobility: a block is in the bitmap of its first group. When a mobility has
 *       no block, whole groups of another are turned over to it; only when there are none does a block go into a foreign group, and
 *       then out of the largest free one.
 *   <li>A group can be isolated while the compactor empties it: its free blocks are in bitmaps of their own, from which nothing is taken.
 * </ul>
 *
 * <p>Every method takes at most as many steps as there are orders, or groups in the largest block. For one thread at a time.
 */
final class Buddy {

    static final int NONE = -1;

    private static final int ISOLATED = Mobility.COUNT;
    private static final int KINDS = Mobility.COUNT + 1;

    /** Whose blocks are taken when a mobility has none; those that can go away again come first. */
    private static final int[][] OTHERS = {{1, 2}, {2, 0}, {1, 0}};

    private final Shape shape;
    private final PageWords words;
    private final FreeBitmap[][] free = new FreeBitmap[KINDS][];
    private final int[] orders = new int[KINDS];
    private final byte[] kinds;
    private long freeUnits;
    private long splits;
    private long merges;
    private long conversions;
    private long strays;

    /**
     * Size of a buddy system.
     *
     * @param units how many
     * @param maxOrder of the largest block
     * @param groupOrder of the blocks that have one mobility
     */
    record Shape(int units, int maxOrder, int groupOrder) {

        Shape {
            assert groupOrder <= maxOrder && units % (1 << groupOrder) == 0 : "units=" + units;
        }

        /** Bytes of zeroed memory that the bitmaps and words need. */
        long metadataBytes() {
            long bytes = Bytes.roundUp((long) units * PageWords.BYTES, Long.BYTES);
            for (int order = 0; order <= maxOrder; order++) {
                bytes += KINDS * FreeBitmap.bytes(units >>> order);
            }
            return bytes;
        }
    }

    /** @param metadata address of zeroed memory, {@link Shape#metadataBytes} of it */
    Buddy(Shape shape, long metadata) {
        this.shape = shape;
        this.words = new PageWords(metadata);
        this.kinds = new byte[Math.ceilDiv(shape.units, 1 << shape.groupOrder)];
        long next = metadata + Bytes.roundUp((long) shape.units * PageWords.BYTES, Long.BYTES);
        for (int kind = 0; kind < KINDS; kind++) {
            free[kind] = new FreeBitmap[shape.maxOrder + 1];
            for (int order = 0; order <= shape.maxOrder; order++) {
                free[kind][order] = new FreeBitmap(next, shape.units >>> order);
                next += FreeBitmap.bytes(shape.units >>> order);
            }
        }
    }

    PageWords words() {
        return words;
    }

    Shape shape() {
        return shape;
    }

    /**
     * Takes a block out of memory of its mobility.
     *
     * @return its first unit, or {@link #NONE}
     */
    int take(int order, int mobility) {
        int mask = orders[mobility] >>> order;
        return mask == 0 ? NONE : takeFrom(mobility, order + Integer.numberOfTrailingZeros(mask), order);
    }

    /** Turns whole groups of another mobility over to this one and takes a block there. */
    int takeConverted(int order, int mobility) {
        for (int other : OTHERS[mobility]) {
            int largest = largestOrder(other);
            if (largest >= Math.max(order, shape.groupOrder)) {
                int unit = free[other][largest].first() << largest;
                remove(unit, largest);
                convert(unit, largest, mobility);
                insert(unit, largest);
                conversions++;
                return take(order, mobility);
            }
        }
        return NONE;
    }

    /** Takes a block out of a group of another mobility, which from then on is mixed. */
    int takeStray(int order, int mobility) {
        int best = NONE;
        for (int other : OTHERS[mobility]) {
            if (largestOrder(other) >= order && (best == NONE || largestOrder(other) > largestOrder(best))) {
                best = other;
            }
        }
        if (best == NONE) {
            return NONE;
        }
        strays++;
        return takeFrom(best, largestOrder(best), order);
    }

    private int largestOrder(int kind) {
        return Integer.SIZE - 1 - Integer.numberOfLeadingZeros(orders[kind]);
    }

    private int takeFrom(int kind, int from, int order) {
        int unit = free[kind][from].first() << from;
        remove(unit, from);
        splits += from - order;
        for (int half = from - 1; half >= order; half--) {
            insert(unit + (1 << half), half);
        }
        freeUnits -= 1L << order;
        return unit;
    }

    /** Adds a block, as one with its buddies that are free. */
    void give(int block, int order) {
        freeUnits += 1L << order;
        words.set(block, PageWords.NO_HEAD, 0);
        int unit = block;
        int grown = order;
        while (grown < shape.maxOrder) {
            int buddy = unit ^ (1 << grown);
            if (Math.max(unit, buddy) + (1 << grown) > shape.units
                    || !PageWords.isFree(words.get(buddy), grown)
                    || (grown >= shape.groupOrder && (isIsolated(unit) || isIsolated(buddy)))) {
                break;
            }
            remove(buddy, grown);
            merges++;
            unit &= ~(1 << grown);
            grown++;
        }
        insert(unit, grown);
    }

    /** Adds a block that never was in the buddy, or was taken out whole, as memory of a mobility. */
    void add(int unit, int order, int mobility) {
        convert(unit, order, mobility);
        give(unit, order);
    }

    /**
     * Takes out a free block of the largest order, whatever its mobility.
     *
     * @return its first unit, or {@link #NONE}
     */
    int takeLargest() {
        for (int kind = 0; kind < Mobility.COUNT; kind++) {
            if (orders[kind] >>> shape.maxOrder != 0) {
                return takeFrom(kind, shape.maxOrder, shape.maxOrder);
            }
        }
        return NONE;
    }

    private void insert(int unit, int order) {
        int kind = kinds[unit >>> shape.groupOrder];
        free[kind][order].add(unit >>> order);
        orders[kind] |= 1 << order;
        words.set(unit, PageWords.FREE, order);
    }

    private void remove(int unit, int order) {
        int kind = kinds[unit >>> shape.groupOrder];
        free[kind][order].remove(unit >>> order);
        if (free[kind][order].count() == 0) {
            orders[kind] &= ~(1 << order);
        }
        words.set(unit, PageWords.NO_HEAD, 0);
    }

    private void convert(int unit, int order, int kind) {
        int groups = 1 << Math.max(0, order - shape.groupOrder);
        for (int group = 0; group < groups; group++) {
            kinds[(unit >>> shape.groupOrder) + group] = (byte) kind;
        }
    }

    /** Keeps the free blocks of a group out of reach. The group is no part of a larger free block. */
    void isolate(int group) {
        rehome(group, ISOLATED);
    }

    /** Puts an isolated group back. */
    void restore(int group, Mobility mobility) {
        rehome(group, mobility.index());
    }

    private void rehome(int group, int kind) {
        int first = group << shape.groupOrder;
        int end = first + (1 << shape.groupOrder);
        int[] heads = new int[1 << shape.groupOrder];
        int found = 0;
        for (int unit = first; unit < end; ) {
            int word = words.get(unit);
            int order = PageWords.state(word) == PageWords.NO_HEAD ? 0 : PageWords.order(word);
            if (PageWords.state(word) == PageWords.FREE) {
                heads[found++] = unit;
                remove(unit, order);
                words.set(unit, PageWords.NO_HEAD, order);
            }
            unit += 1 << order;
        }
        kinds[group] = (byte) kind;
        for (int i = 0; i < found; i++) {
            int order = PageWords.order(words.get(heads[i]));
            freeUnits -= 1L << order;
            give(heads[i], order);
        }
    }

    boolean isIsolated(int unit) {
        return kinds[unit >>> shape.groupOrder] == ISOLATED;
    }

    int mobilityOf(int unit) {
        return kinds[unit >>> shape.groupOrder];
    }

    /** Free units; those of isolated groups too. */
    long freeUnits() {
        return freeUnits;
    }

    /** Free blocks of an order and mobility, those of isolated groups not among them. */
    int freeBlocks(int order, int mobility) {
        return free[mobility][order].count();
    }

    /** Groups that are free as a whole, isolated ones not among them. */
    int freeGroups() {
        int groups = 0;
        for (int kind = 0; kind < Mobility.COUNT; kind++) {
            for (int order = shape.groupOrder; order <= shape.maxOrder; order++) {
                groups += free[kind][order].count() << (order - shape.groupOrder);
            }
        }
        return groups;
    }

    long splits() {
        return splits;
    }

    long merges() {
        return merges;
    }

    /** How often whole groups changed their mobility. */
    long conversions() {
        return conversions;
    }

    /** How often a block went into a group of another mobility. */
    long strays() {
        return strays;
    }
}
