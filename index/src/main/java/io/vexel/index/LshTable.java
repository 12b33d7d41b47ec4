package io.vexel.index;

import io.vexel.base.CapacityException;
import io.vexel.memory.MemoryBudget;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntPredicate;

/**
 * One hash table that grows without moving anything: a split-ordered list (Shalev and Shavit 2006). All entries are in one list, in the
 * order of their reversed hashes, so a bucket is a stretch of it, and doubling the number of buckets only adds starts between the old
 * ones. Starts are in the list too, before the entries of their bucket; a bucket whose start is not there is read from that of the
 * bucket it was split from.
 *
 * <p>A node's number is its place + 1 for an entry and -(bucket + 1) for a start; {@link #UNSET} in a bucket's record says that the start is
 * not in the list. Writers hold the lock; readers follow next numbers, each published after the node it leads to. Entries that were taken
 * out keep their next, for readers that stand on them.
 */
final class LshTable implements AutoCloseable {

    private static final int UNSET = 0;
    private static final int END = Integer.MIN_VALUE;
    private static final int NO_PLACE = -1;
    private static final int FIRST_BITS = 6;
    private static final int MOST_BITS = 28;
    private static final int ENTRIES_PER_BUCKET = 2;
    private static final int STEPS_PER_LOCK = 1024;

    private final LshRows rows;
    private final int number;
    private final Records starts;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile int bits = FIRST_BITS;
    private long entryCount;

    /** More entries than this want more buckets. */
    private long growFrom = (long) ENTRIES_PER_BUCKET << FIRST_BITS;

    LshTable(LshRows rows, int number, MemoryBudget budget) {
        this.rows = rows;
        this.number = number;
        starts = new Records(budget, LshIndex.OWNER, Integer.BYTES);
        starts.ensure(1 << FIRST_BITS);
        RawInts.set(starts.address(0), END);
    }

    /** The order of the list, compared as unsigned. Hashes have 31 bits. */
    private static int order(int hash) {
        return Integer.reverse(hash) | 1;
    }

    private int orderOfNode(int node) {
        return node > 0 ? order(rows.hash(node - 1, number)) : Integer.reverse(-node - 1);
    }

    private long nextAddress(int node) {
        return node > 0 ? rows.nextAddress(node - 1, number) : starts.address(-node - 1);
    }

    private int next(int node) {
        return RawInts.getAcquire(nextAddress(node));
    }

    private static int start(int bucket) {
        return -(bucket + 1);
    }

    private static int splitFrom(int bucket) {
        return bucket & ~Integer.highestOneBit(bucket);
    }

    /** The first entry with a hash; -1 when there is none. */
    int first(int hash) {
        int bucket = hash & ((1 << bits) - 1);
        while (RawInts.getAcquire(starts.address(bucket)) == UNSET) {
            bucket = splitFrom(bucket);
        }
        int wanted = order(hash);
        int node = next(start(bucket));
        while (node != END && Integer.compareUnsigned(orderOfNode(node), wanted) < 0) {
            node = next(node);
        }
        return entryWith(node, wanted);
    }

    /** The next entry with the hash of an entry; -1 when there is none. */
    int nextEqual(int place) {
        return entryWith(next(place + 1), order(rows.hash(place, number)));
    }

    private int entryWith(int node, int wanted) {
        return node > 0 && orderOfNode(node) == wanted ? node - 1 : NO_PLACE;
    }

    /** Puts in an entry whose hash is in the rows. */
    void insert(int place) {
        lock.lock();
        try {
            int hash = rows.hash(place, number);
            int bucket = hash & ((1 << bits) - 1);
            setStart(bucket);
            insertAfter(start(bucket), order(hash), place + 1);
            entryCount++;
            growIfFull();
        } finally {
            lock.unlock();
        }
    }

    private void setStart(int bucket) {
        if (RawInts.get(starts.address(bucket)) == UNSET) {
            setStart(splitFrom(bucket));
            insertAfter(start(splitFrom(bucket)), Integer.reverse(bucket), start(bucket));
        }
    }

    /** Before the first node that is not smaller. */
    private void insertAfter(int node, int order, int added) {
        int before = node;
        int after = next(before);
        while (after != END && Integer.compareUnsigned(orderOfNode(after), order) < 0) {
            before = after;
            after = next(before);
        }
        RawInts.setRelease(nextAddress(added), after);
        RawInts.setRelease(nextAddress(before), added);
    }

    /** Where the budget refuses more buckets, those there are get longer; it is asked again when there are a quarter more entries. */
    private void growIfFull() {
        if (entryCount > growFrom && bits < MOST_BITS) {
            try {
                doubleBuckets();
            } catch (CapacityException _) {
                growFrom = entryCount + entryCount / 4;
            }
        }
    }

    private void doubleBuckets() {
        int doubled = bits + 1;
        starts.ensure(1L << doubled);
        bits = doubled;
        growFrom = (long) ENTRIES_PER_BUCKET << doubled;
    }

    /** Takes out all entries that are dead, beside inserts and searches. */
    void remove(IntPredicate dead, Cancellation cancellation) {
        int node = start(0);
        while (node != END) {
            cancellation.check();
            lock.lock();
            try {
                node = removeAfter(node, dead);
            } finally {
                lock.unlock();
            }
        }
    }

    /** Goes some steps from a node that stays; returns where it came to. */
    private int removeAfter(int first, IntPredicate dead) {
        int node = first;
        for (int step = 0; step < STEPS_PER_LOCK; step++) {
            int next = next(node);
            if (next == END) {
                return END;
            }
            if (next > 0 && dead.test(next - 1)) {
                RawInts.setRelease(nextAddress(node), next(next));
                entryCount--;
            } else {
                node = next;
            }
        }
        return node;
    }

    /** Fills an empty table with all these entries, which is faster than one by one. */
    void fill(int[] places, int count) {
        while (count > ((long) ENTRIES_PER_BUCKET << bits) && bits < MOST_BITS) {
            doubleBuckets();
        }
        long[] sorted = new long[count];
        for (int i = 0; i < count; i++) {
            long order = order(rows.hash(places[i], number)) ^ Integer.MIN_VALUE;
            sorted[i] = order << 32 | (Integer.MAX_VALUE - places[i]);
        }
        Arrays.sort(sorted);
        int last = start(0);
        int done = 0;
        for (int rank = 0; rank < 1 << bits; rank++) {
            int bucket = Integer.reverse(rank << (Integer.SIZE - bits));
            last = rank == 0 ? last : append(last, start(bucket));
            while (done < count && rankOf(sorted[done]) == rank) {
                last = append(last, Integer.MAX_VALUE - (int) sorted[done++] + 1);
            }
        }
        RawInts.setRelease(nextAddress(last), END);
        entryCount = count;
    }

    private int rankOf(long sorted) {
        return ((int) (sorted >> 32) ^ Integer.MIN_VALUE) >>> (Integer.SIZE - bits);
    }

    private int append(int last, int node) {
        RawInts.setRelease(nextAddress(last), node);
        return node;
    }

    /** Reports the order of the list and each entry. */
    void check(Findings findings, IntPredicate seen) {
        int before = 0;
        for (int node = next(start(0)); node != END; node = next(node)) {
            int order = orderOfNode(node);
            if (Integer.compareUnsigned(order, before) < 0) {
                findings.add("table " + number + " is out of order at node " + node);
            }
            before = order;
            if (node > 0 && !seen.test(node - 1)) {
                findings.add("table " + number + " holds place " + (node - 1) + " wrongly");
            }
        }
    }

    long memoryBytes() {
        return starts.memoryBytes();
    }

    @Override
    public void close() {
        starts.close();
    }
}
