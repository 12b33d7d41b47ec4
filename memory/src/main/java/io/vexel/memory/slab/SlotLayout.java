package io.vexel.memory.slab;

import io.vexel.base.Bytes;
import io.vexel.memory.zone.PageAllocator;

/**
 * Where objects lie in their slabs.
 *
 * <pre>
 *   slab    | colour | slot 0 | slot 1 | ...            | rest |      2^order pages
 *   slot    | lead (red zone) | object | tail (red zone, padding) |
 *   guarded | unused | lead | object | tail | page that nobody can touch |
 * </pre>
 *
 * Slots are numbered through all slabs of the cache, each slab beginning at a multiple of 2<sup>shift</sup>.
 *
 * @param spec of the cache
 * @param leadBytes before the object in its slot
 * @param slotBytes of a slot
 * @param order of a slab in pages
 * @param objects in a slab
 */
record SlotLayout(CacheSpec spec, int leadBytes, int slotBytes, int order, int objects) {

    /** Least bytes of a red zone. */
    static final int RED_ZONE_BYTES = 8;

    private static final int MOST_OBJECTS = SlotTable.PAGE_SLOTS;
    private static final int GOOD_OBJECTS = 32;
    private static final int FEW_OBJECTS = 4;
    private static final int GOOD_WASTE_SHARE = 64;
    private static final int HOT_ORDERS = 3;
    private static final int COLOUR_BYTES = 64;

    /** A slab has at least so many numbers, a whole cache line of words, so that slabs of two threads share none. */
    private static final int LEAST_SHIFT = 4;

    static SlotLayout of(CacheSpec spec) {
        int lead = spec.has(SlabFlag.RED_ZONE) ? (int) Bytes.roundUp(RED_ZONE_BYTES, spec.alignment()) : 0;
        boolean guarded = spec.has(SlabFlag.GUARD_PAGE);
        int tail = spec.has(SlabFlag.RED_ZONE) && !guarded ? RED_ZONE_BYTES : 0;
        int slot = (int) Bytes.roundUp((long) lead + spec.objectBytes() + tail, spec.alignment());
        if (guarded) {
            int pages = Math.ceilDiv(slot, PageAllocator.PAGE_BYTES) + 1;
            return new SlotLayout(spec, lead, slot, ceilLog2(pages), 1);
        }
        int order = bestOrder(slot);
        return new SlotLayout(spec, lead, slot, order, objects(order, slot));
    }

    /** The first order with many objects and little waste; or the least waste in blocks that hot lists have; or any with a few objects. */
    private static int bestOrder(int slot) {
        int best = -1;
        for (int order = 0; order <= HOT_ORDERS; order++) {
            int objects = objects(order, slot);
            if (objects >= GOOD_OBJECTS && waste(order, slot) <= bytes(order) / GOOD_WASTE_SHARE) {
                return order;
            }
            // Waste is compared as a share of the slab; of equals the larger has more objects.
            boolean least = best < 0 || (long) waste(order, slot) << best <= (long) waste(best, slot) << order;
            if (objects >= FEW_OBJECTS && least) {
                best = order;
            }
        }
        return best < 0 ? firstWithAFew(slot) : best;
    }

    private static int firstWithAFew(int slot) {
        int order = HOT_ORDERS;
        while (objects(order, slot) < FEW_OBJECTS) {
            order++;
        }
        return order;
    }

    private static int objects(int order, int slot) {
        return Math.min(MOST_OBJECTS, bytes(order) / slot);
    }

    private static int waste(int order, int slot) {
        return bytes(order) - objects(order, slot) * slot;
    }

    private static int bytes(int order) {
        return PageAllocator.PAGE_BYTES << order;
    }

    private static int ceilLog2(int number) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(number - 1);
    }

    int slabBytes() {
        return bytes(order);
    }

    /** A slab has 2<sup>shift</sup> numbers for its slots. */
    int shift() {
        return Math.max(LEAST_SHIFT, ceilLog2(objects));
    }

    int objectBytes() {
        return spec.objectBytes();
    }

    /** Bytes behind the object in its slot. */
    int tailBytes() {
        return slotBytes - leadBytes - objectBytes();
    }

    /**
     * Bytes from the start of a slab to its first slot: slabs of a cache begin with different ones, so that like objects do not lie in like
     * sets of the processor's cache.
     */
    int firstSlot(int slabNumber) {
        if (spec.has(SlabFlag.GUARD_PAGE)) {
            return slabBytes() - PageAllocator.PAGE_BYTES - slotBytes;
        }
        int step = Math.max(COLOUR_BYTES, spec.alignment());
        return slabNumber % (waste(order, slotBytes) / step + 1) * step;
    }
}
