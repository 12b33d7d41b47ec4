package io.vexel.memory.slab;

import io.vexel.memory.lock.SpinLock;
import io.vexel.memory.zone.PageAllocator;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The slabs of a cache: where magazines get slots that nobody has, and give them back. Slabs that are partly in use are emptied before free
 * ones are begun; of free ones a few are kept, and the others' pages go back.
 *
 * <p>Everything here changes with the lock held. Pages are allocated and freed with no lock held, since that may ask shrinkers, this
 * cache's among them. Java memory is allocated under the lock only when tables double.
 */
final class SlabStore {

    /** Free slabs that are kept, at least, and beside those one of so many. */
    private static final int KEPT = 1;

    private static final int KEPT_SHARE = 8;

    private final SlabPages pages;
    private final SlotLayout layout;
    private final SlotTable table;
    private final @Nullable RandomGenerator random;
    private final SpinLock lock = new SpinLock();
    private final SlabList partial = new SlabList();
    private final SlabList empty = new SlabList();
    private final BitSet numbers = new BitSet();
    private int slabs;
    private long freeSlots;
    private long grown;
    private long shrunk;

    /** Slabs and slots at one moment. */
    record Counts(int slabs, int emptySlabs, long freeSlots, long grown, long shrunk, int wordPages) {}

    /** @param random where to begin to look for free slots in a slab; null for the first */
    SlabStore(SlabPages pages, SlotLayout layout, SlotTable table, @Nullable RandomGenerator random) {
        this.pages = pages;
        this.layout = layout;
        this.table = table;
        this.random = random;
    }

    /**
     * Takes slots.
     *
     * @return how many, 0 when there is none and a slab must be {@linkplain #grow added}
     */
    int take(int[] into, int most) {
        lock.lock();
        try {
            int count = 0;
            while (count < most) {
                Slab slab = partial.first();
                if (slab == null) {
                    slab = empty.first();
                    if (slab == null) {
                        break;
                    }
                    empty.remove(slab);
                    partial.add(slab);
                }
                count = take(slab, into, count, most);
            }
            freeSlots -= count;
            return count;
        } finally {
            lock.unlock();
        }
    }

    private int take(Slab slab, int[] into, int from, int most) {
        int count = from;
        int first = table.firstSlot(slab.number);
        while (count < most && slab.freeCount() > 0) {
            into[count++] = first + (random == null ? slab.take(0) : slab.takeRandom(random));
        }
        if (slab.freeCount() == 0) {
            partial.remove(slab);
        }
        return count;
    }

    /** Gives slots back. */
    void put(int[] slots, int from, int to) {
        Slab surplus = null;
        lock.lock();
        try {
            for (int i = from; i < to; i++) {
                put(slots[i]);
            }
            freeSlots += to - from;
            if (empty.count() > KEPT + slabs / KEPT_SHARE) {
                surplus = detach();
            }
        } finally {
            lock.unlock();
        }
        if (surplus != null) {
            pages.free(surplus);
        }
    }

    private void put(int slot) {
        Slab slab = table.slab(slot);
        if (slab.freeCount() == 0) {
            partial.add(slab);
        }
        slab.put(table.indexInSlab(slot));
        if (slab.isEmpty()) {
            partial.remove(slab);
            empty.add(slab);
        }
    }

    /** Takes a free slab out, whose pages the caller gives back; null when there is none. */
    private @Nullable Slab detach() {
        Slab slab = empty.first();
        if (slab != null) {
            empty.remove(slab);
            numbers.clear(slab.number);
            table.setSlab(slab.number, null);
            slabs--;
            shrunk++;
            freeSlots -= slab.objects();
        }
        return slab;
    }

    /**
     * Adds a slab.
     *
     * @throws io.vexel.base.CapacityException when there is no memory; nothing changes
     */
    void grow() {
        int number = reserveNumber();
        Slab slab = null;
        try {
            ensureWords(table.firstSlot(number));
            slab = pages.newSlab(number, layout);
        } finally {
            lock.lock();
            if (slab == null) {
                numbers.clear(number);
            } else {
                table.setSlab(number, slab);
                empty.add(slab);
                slabs++;
                grown++;
                freeSlots += slab.objects();
            }
            lock.unlock();
        }
    }

    private int reserveNumber() {
        lock.lock();
        try {
            int number = numbers.nextClearBit(0);
            numbers.set(number);
            return number;
        } finally {
            lock.unlock();
        }
    }

    private void ensureWords(int slot) {
        while (!table.covers(slot)) {
            SlotTable.WordPage page = pages.newWords(table);
            boolean added;
            lock.lock();
            try {
                added = !table.covers(slot);
                if (added) {
                    table.addWords(page);
                }
            } finally {
                lock.unlock();
            }
            if (!added) {
                pages.freeWords(page);
            }
        }
    }

    /** Gives pages of free slabs back and says how many bytes. */
    long trim(long bytes) {
        long given = 0;
        while (given < bytes) {
            Slab slab;
            lock.lock();
            try {
                slab = detach();
            } finally {
                lock.unlock();
            }
            if (slab == null) {
                break;
            }
            pages.free(slab);
            given += layout.slabBytes();
        }
        return given;
    }

    /** Gives the pages of words back, too, if there is no slab and none is being made; says how many bytes. */
    long trimWords() {
        List<SlotTable.WordPage> forgotten = List.of();
        lock.lock();
        try {
            if (numbers.isEmpty()) {
                forgotten = table.forgetWords();
            }
        } finally {
            lock.unlock();
        }
        forgotten.forEach(pages::freeWords);
        return forgotten.size() * (long) PageAllocator.PAGE_BYTES;
    }

    Counts counts() {
        lock.lock();
        try {
            return new Counts(
                    slabs,
                    empty.count(),
                    freeSlots,
                    grown,
                    shrunk,
                    table.wordPages().size());
        } finally {
            lock.unlock();
        }
    }

    /** All slabs but such as are being made. */
    List<Slab> slabs() {
        List<Slab> all = new ArrayList<>();
        lock.lock();
        try {
            for (int number = numbers.nextSetBit(0); number >= 0; number = numbers.nextSetBit(number + 1)) {
                Slab slab = table.slabIfKnown(number);
                if (slab != null) {
                    all.add(slab);
                }
            }
        } finally {
            lock.unlock();
        }
        return all;
    }

    /** Gives all slabs back, with what is in use; the words stay. */
    void close() {
        for (Slab slab : slabs()) {
            numbers.clear(slab.number);
            table.invalidate(slab);
            table.setSlab(slab.number, null);
            pages.abandon(slab);
        }
    }
}
