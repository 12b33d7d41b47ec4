package io.vexel.collection.store;

import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * From the hash of an id to the ordinal of its newest row: open addressing with linear probing in one off-heap region.
 *
 * <p>A slot is 8 bytes: the low 32 bits hold ordinal + 1 (0: empty), the high 32 bits the upper half of the hash. The home of a hash
 * is the top bits of that half, so that growing needs neither the ids nor their hashes. A deleted
 * id keeps leading to its dead row, which older snapshots still see, until that row is forgotten. At most 70 % of the slots are taken.
 *
 * <p>Not thread-safe; the owner's lock guards it.
 */
final class IdMap implements AutoCloseable {

    private static final int FIRST_BITS = 10;

    private final MemoryBudget budget;
    private final String owner;
    private Region region;
    private MemorySegment slots;
    private int bits = FIRST_BITS;
    private long size;

    IdMap(MemoryBudget budget, String owner) {
        this.budget = budget;
        this.owner = owner;
        this.region = Region.allocate(budget, owner, (long) Long.BYTES << bits);
        this.slots = region.segment();
    }

    /** Makes room for so many more entries; the next inserts up to that cannot fail. */
    void ensure(long more) {
        int wanted = wantedBits(more);
        if (wanted != bits) {
            grow(wanted);
        }
    }

    private int wantedBits(long more) {
        int wanted = bits;
        while ((size + more) * 10 > (7L << wanted)) {
            wanted++;
        }
        return wanted;
    }

    /** Bytes that {@link #ensure} would take, before it gives the smaller map back. */
    long missingBytes(long more) {
        int wanted = wantedBits(more);
        return wanted == bits ? 0 : (long) Long.BYTES << wanted;
    }

    /** Bytes that it will take when it grows next. */
    long nextBytes() {
        return (long) Long.BYTES << (bits + 1);
    }

    private void grow(int newBits) {
        Region grown = Region.allocate(budget, owner, (long) Long.BYTES << newBits);
        MemorySegment target = grown.segment();
        long mask = (1L << newBits) - 1;
        for (long slot = 0; slot < 1L << bits; slot++) {
            long entry = slots.get(ValueLayout.JAVA_LONG, slot << 3);
            if (entry != 0) {
                long at = entry >>> (Long.SIZE - newBits);
                while (target.get(ValueLayout.JAVA_LONG, at << 3) != 0) {
                    at = (at + 1) & mask;
                }
                target.set(ValueLayout.JAVA_LONG, at << 3, entry);
            }
        }
        region.close();
        region = grown;
        slots = target;
        bits = newBits;
    }

    /** The first slot to look at for a hash. */
    long home(long hash) {
        return hash >>> (Long.SIZE - bits);
    }

    /** The slot to look at after this one. */
    long next(long slot) {
        return (slot + 1) & ((1L << bits) - 1);
    }

    /** Reads a slot, so that it is in the cache. */
    long touch(long slot) {
        return slots.get(ValueLayout.JAVA_LONG, slot << 3);
    }

    boolean isEmpty(long slot) {
        return slots.get(ValueLayout.JAVA_LONG, slot << 3) == 0;
    }

    /** True when the slot may hold an id with the hash; only then its ordinal is worth a look. */
    boolean mayMatch(long slot, long hash) {
        return (slots.get(ValueLayout.JAVA_LONG, slot << 3) ^ hash) >>> Integer.SIZE == 0;
    }

    int ordinal(long slot) {
        return (int) slots.get(ValueLayout.JAVA_LONG, slot << 3) - 1;
    }

    /** Points a taken slot to another row of the same id. */
    void replace(long slot, int ordinal) {
        long entry = slots.get(ValueLayout.JAVA_LONG, slot << 3);
        slots.set(ValueLayout.JAVA_LONG, slot << 3, entry >>> Integer.SIZE << Integer.SIZE | (ordinal + 1));
    }

    /** Takes an empty slot, at which probing for the hash ended. */
    void insert(long slot, long hash, int ordinal) {
        slots.set(ValueLayout.JAVA_LONG, slot << 3, hash >>> Integer.SIZE << Integer.SIZE | (ordinal + 1));
        size++;
    }

    /** Empties a taken slot. Entries behind it that were kept from their homes move up, so that every probe still ends where it should. */
    void remove(long slot) {
        long hole = slot;
        for (long at = next(slot); !isEmpty(at); at = next(at)) {
            long entry = slots.get(ValueLayout.JAVA_LONG, at << 3);
            if (isBetween(home(entry), hole, at)) {
                continue;
            }
            slots.set(ValueLayout.JAVA_LONG, hole << 3, entry);
            hole = at;
        }
        slots.set(ValueLayout.JAVA_LONG, hole << 3, 0);
        size--;
    }

    /** True when a slot lies behind the hole and not behind the other, on the way from one to the other. */
    private static boolean isBetween(long slot, long hole, long at) {
        return hole <= at ? hole < slot && slot <= at : hole < slot || slot <= at;
    }

    /** Ids that lead to a row. */
    long size() {
        return size;
    }

    @Override
    public void close() {
        region.close();
    }
}
