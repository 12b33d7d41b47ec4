package io.vexel.memory.slab;

import io.vexel.memory.lock.SpinLock;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntConsumer;

/**
 * What a cache with debugging flags does to each object: red zones beside it, poison in it while it is free, the places in the program that
 * allocated and freed it, guard pages, and the quarantine. See {@link SlabFlag}.
 *
 * <p>The caller holds the slot: it is neither in use nor free in a slab, save in {@link #verify}.
 *
 * <p>What is found is put right, so that it is found once, and handed to the caller, who reports it when everything else is done.
 */
final class ObjectChecks {

    /** What a free object is filled with. */
    static final byte POISON = 0x6B;

    private final CacheSpec spec;
    private final SlotLayout layout;
    private final SlotTable table;
    private final GuardPages guards;
    private final long secret;
    private final MemorySegment poisoned;
    private final Map<Integer, String> allocatedAt = new ConcurrentHashMap<>();
    private final Map<Integer, String> freedAt = new ConcurrentHashMap<>();
    private final SpinLock lock = new SpinLock();
    private final int[] quarantine;
    private int quarantined;
    private int oldest;

    /** @param secret makes red zones hard to forge */
    ObjectChecks(SlotLayout layout, SlotTable table, GuardPages guards, long secret) {
        this.spec = layout.spec();
        this.layout = layout;
        this.table = table;
        this.guards = guards;
        this.secret = secret;
        byte[] poison = new byte[spec.has(SlabFlag.POISON) ? layout.objectBytes() : 0];
        Arrays.fill(poison, POISON);
        this.poisoned = MemorySegment.ofArray(poison);
        this.quarantine = new int[spec.has(SlabFlag.QUARANTINE) ? CacheSpec.QUARANTINED : 0];
    }

    /** Makes free objects of a new slab. */
    void begin(Slab slab) {
        forEach(slab, slot -> poison(table.segment(slab, slot)));
        guards.close(slab);
    }

    /** Looks at the free objects of a slab for the last time. */
    void end(Slab slab, List<Misuse> found) {
        guards.end(slab);
        forEach(slab, slot -> verifyFree(slab, slot, found));
    }

    /** Lets the pages of a slab go, whatever its objects are. */
    void abandon(Slab slab) {
        guards.end(slab);
    }

    private void forEach(Slab slab, IntConsumer action) {
        int first = table.firstSlot(slab.number);
        for (int slot = first; slot < first + slab.objects(); slot++) {
            action.accept(slot);
        }
    }

    /** Looks at all objects of a slab, free and in use. */
    void verify(Slab slab, List<Misuse> found) {
        forEach(slab, slot -> {
            if (table.isSlotUsed(slot)) {
                verifyUsed(slot, found);
            } else {
                guards.open(slab);
                verifyFree(slab, slot, found);
                guards.close(slab);
            }
        });
    }

    private void poison(MemorySegment object) {
        if (spec.has(SlabFlag.POISON)) {
            object.fill(POISON);
        }
    }

    /**
     * Makes a slot ready for its next user.
     *
     * @return false when its object was written while it was free; it is still free then
     */
    boolean use(int slot, List<Misuse> found) {
        Slab slab = table.slab(slot);
        guards.open(slab);
        if (!verifyFree(slab, slot, found)) {
            guards.close(slab);
            return false;
        }
        MemorySegment object = table.segment(slab, slot);
        if (spec.has(SlabFlag.POISON)) {
            spec.constructor().ifPresent(constructor -> constructor.construct(object));
        }
        if (spec.has(SlabFlag.RED_ZONE)) {
            writeZones(slot);
        }
        if (spec.has(SlabFlag.STORE_USER)) {
            allocatedAt.put(slot, CallSite.of());
            freedAt.remove(slot);
        }
        return true;
    }

    /**
     * Makes a slot that was in use one of a free object.
     *
     * @return the slot that may be used again now, this one or one that was in quarantine; -1 for none
     */
    int retire(int slot, List<Misuse> found) {
        close(slot, found);
        return quarantine.length == 0 ? slot : enqueue(slot);
    }

    /** Makes a slot that was in use one of a free object, which nobody else gets. */
    void close(int slot, List<Misuse> found) {
        verifyUsed(slot, found);
        if (spec.has(SlabFlag.STORE_USER)) {
            freedAt.put(slot, CallSite.of());
        }
        Slab slab = table.slab(slot);
        poison(table.segment(slab, slot));
        guards.close(slab);
    }

    private int enqueue(int slot) {
        lock.lock();
        try {
            int released = -1;
            if (quarantined == quarantine.length) {
                released = quarantine[oldest];
                quarantined--;
                oldest = (oldest + 1) % quarantine.length;
            }
            quarantine[(oldest + quarantined++) % quarantine.length] = slot;
            return released;
        } finally {
            lock.unlock();
        }
    }

    /** Empties the quarantine. */
    int[] release() {
        lock.lock();
        try {
            int[] slots = new int[quarantined];
            for (int i = 0; i < slots.length; i++) {
                slots[i] = quarantine[(oldest + i) % quarantine.length];
            }
            quarantined = 0;
            return slots;
        } finally {
            lock.unlock();
        }
    }

    private void verifyUsed(int slot, List<Misuse> found) {
        if (!spec.has(SlabFlag.RED_ZONE)) {
            return;
        }
        long address = table.addressOfSlot(slot);
        long key = RedZone.key(secret, slot);
        boolean under = RedZone.isWritten(key, address - layout.leadBytes(), layout.leadBytes());
        boolean over = RedZone.isWritten(key, address + layout.objectBytes(), layout.tailBytes());
        if (under) {
            found.add(misuse(slot, Misuse.Kind.UNDERRUN));
        }
        if (over) {
            found.add(misuse(slot, Misuse.Kind.OVERRUN));
        }
        if (under || over) {
            writeZones(slot);
        }
    }

    private boolean verifyFree(Slab slab, int slot, List<Misuse> found) {
        if (!spec.has(SlabFlag.POISON)) {
            return true;
        }
        MemorySegment object = table.segment(slab, slot);
        if (object.mismatch(poisoned) < 0) {
            return true;
        }
        poison(object);
        found.add(misuse(slot, Misuse.Kind.WRITE_AFTER_FREE));
        return false;
    }

    private Misuse misuse(int slot, Misuse.Kind kind) {
        return new Misuse(
                kind, spec.name(), table.handleOfSlot(slot), allocatedAt(slot), freedAt.getOrDefault(slot, ""));
    }

    /** Where the object of a slot was allocated; empty when nobody noted it. */
    String allocatedAt(int slot) {
        return allocatedAt.getOrDefault(slot, "");
    }

    private void writeZones(int slot) {
        long address = table.addressOfSlot(slot);
        long key = RedZone.key(secret, slot);
        RedZone.write(key, address - layout.leadBytes(), layout.leadBytes());
        RedZone.write(key, address + layout.objectBytes(), layout.tailBytes());
    }
}
