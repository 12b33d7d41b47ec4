package io.vexel.memory.slab;

import java.lang.foreign.MemorySegment;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Pages cut into slots, and which of these no magazine, depot or user has. Changes with the lock of its {@link SlabStore}. */
final class Slab {

    final int number;
    final long page;
    final MemorySegment memory;
    final long firstSlot;
    private final int objects;
    private final long[] free;
    private int freeCount;

    @Nullable
    Slab previous;

    @Nullable
    Slab next;

    /**
     * A slab whose slots are all free.
     *
     * @param page handle of its pages
     * @param memory the same
     */
    Slab(int number, long page, MemorySegment memory, SlotLayout layout) {
        this.number = number;
        this.page = page;
        this.memory = memory;
        this.firstSlot = memory.address() + layout.firstSlot(number);
        this.objects = layout.objects();
        this.free = new long[Math.ceilDiv(objects, Long.SIZE)];
        for (int index = 0; index < objects; index++) {
            free[index >>> 6] |= 1L << index;
        }
        this.freeCount = objects;
    }

    int objects() {
        return objects;
    }

    int freeCount() {
        return freeCount;
    }

    boolean isEmpty() {
        return freeCount == objects;
    }

    /** Place of the first free slot at or after one, or before it when there is none; there is a free one. */
    int take(int from) {
        int word = from >>> 6;
        long candidates = free[word] & (-1L << from);
        while (candidates == 0) {
            word = word + 1 == free.length ? 0 : word + 1;
            candidates = free[word];
        }
        int index = (word << 6) + Long.numberOfTrailingZeros(candidates);
        free[word] &= ~(1L << index);
        freeCount--;
        return index;
    }

    int takeRandom(RandomGenerator random) {
        return take(random.nextInt(objects));
    }

    void put(int index) {
        assert (free[index >>> 6] & 1L << index) == 0 : "slab " + number + " has slot " + index + " already";
        free[index >>> 6] |= 1L << index;
        freeCount++;
    }
}
