package io.vexel.memory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * The shrinkers of a budget, and who of them gives how much. As in Linux (mm/shrinker.c) each is asked for a part of what is wanted in
 * proportion to what it says it has, and what it was not asked for, or gave beyond, is carried over to the next time.
 *
 * <ol>
 *   <li>Holders of one {@link ShrinkPriority} are asked before those of the next.
 *   <li>Among holders of one priority a request credits each with its share: {@code bytes * own / all}. They are asked for their
 *       credit, those with the most first, until there is enough. What one gives is taken off its credit, so one that can only give
 *       large pieces is passed by until the others have given as much in proportion.
 *   <li>When that is not enough, each is asked for all that is still missing; those with the most credit first; so the answer is
 *       less than was wanted only when every holder was asked for it.
 * </ol>
 *
 * <p>Safe for use by any thread, and takes no lock while it asks. Requests at the same time may pass each other's credits by, which only
 * changes who gives. A shrinker that was removed is in no call, and gets none any more, from whoever still has it in his list.
 */
final class ShrinkerRegistry {

    private volatile List<Entry> entries = List.of();
    private final AtomicInteger asking = new AtomicInteger();

    /** A shrinker, and what is carried over. */
    private static final class Entry {
        private static final int CALLS = Integer.MAX_VALUE;

        final Shrinker shrinker;
        final ShrinkPriority priority;

        /** A permit for each call; who removes the shrinker takes them all, and keeps them. */
        final Semaphore calls = new Semaphore(CALLS);

        final AtomicLong credit = new AtomicLong();
        final LongAdder shrinks = new LongAdder();
        final LongAdder asked = new LongAdder();
        final LongAdder given = new LongAdder();

        Entry(Shrinker shrinker) {
            this.shrinker = shrinker;
            this.priority = shrinker.priority();
        }

        /** 0 when it was removed. */
        long reclaimableBytes() {
            if (!calls.tryAcquire()) {
                return 0;
            }
            try {
                return shrinker.reclaimableBytes();
            } finally {
                calls.release();
            }
        }

        /** Gives nothing when it was removed. */
        long shrink(long bytes) {
            if (!calls.tryAcquire()) {
                return 0;
            }
            try {
                long gave = shrinker.shrink(bytes);
                shrinks.increment();
                asked.add(bytes);
                given.add(gave);
                credit.addAndGet(-gave);
                return gave;
            } finally {
                calls.release();
            }
        }

        ShrinkerStatistics statistics() {
            return new ShrinkerStatistics(
                    shrinker.name(), priority, reclaimableBytes(), shrinks.sum(), asked.sum(), given.sum());
        }

        /** Returns when nobody calls the shrinker any more, nor ever will. */
        void end() {
            calls.acquireUninterruptibly(CALLS);
        }
    }

    synchronized void add(Shrinker shrinker) {
        List<Entry> next = new ArrayList<>(entries);
        next.add(new Entry(shrinker));
        // Stable, so those of one priority stay in the order in which they were added.
        next.sort(Comparator.comparing(entry -> entry.priority));
        entries = List.copyOf(next);
    }

    /** Takes a shrinker out, and returns when no call of it is under way. */
    void remove(Shrinker shrinker) {
        List<Entry> removed = new ArrayList<>();
        synchronized (this) {
            List<Entry> next = new ArrayList<>(entries);
            next.removeIf(entry -> entry.shrinker.equals(shrinker) && removed.add(entry));
            entries = List.copyOf(next);
        }
        // Without the monitor, so that others can be added and removed meanwhile.
        removed.forEach(Entry::end);
    }

    long reclaimableBytes() {
        long sum = 0;
        for (Entry entry : entries) {
            sum += entry.reclaimableBytes();
        }
        return sum;
    }

    List<ShrinkerStatistics> statistics() {
        return entries.stream().map(Entry::statistics).toList();
    }

    /**
     * Asks for bytes.
     *
     * @param bytes at least 1
     * @param last the most that may be lost
     * @return what was given back
     */
    long reclaim(long bytes, ShrinkPriority last) {
        asking.incrementAndGet();
        try {
            return reclaimFromAll(entries, bytes, last);
        } finally {
            asking.decrementAndGet();
        }
    }

    /** Whether a thread is asking just now; when it is not seen any more, what it was given is free. */
    boolean areAsked() {
        return asking.get() > 0;
    }

    private static long reclaimFromAll(List<Entry> all, long bytes, ShrinkPriority last) {
        long given = 0;
        for (int from = 0; from < all.size() && given < bytes; ) {
            ShrinkPriority priority = all.get(from).priority;
            int to = from + 1;
            while (to < all.size() && all.get(to).priority == priority) {
                to++;
            }
            if (priority.compareTo(last) <= 0) {
                given += reclaimFrom(all.subList(from, to), bytes - given);
            }
            from = to;
        }
        return given;
    }

    private static long reclaimFrom(List<Entry> equals, long bytes) {
        long given = 0;
        if (equals.size() > 1) {
            credit(equals, bytes);
            for (Credited each : byCredit(equals)) {
                if (given < bytes && each.credit > 0) {
                    given += each.entry.shrink(Math.min(each.credit, bytes - given));
                }
            }
        }
        for (Credited each : byCredit(equals)) {
            if (given < bytes) {
                given += each.entry.shrink(bytes - given);
            }
        }
        return given;
    }

    /** Credits each with its share. */
    private static void credit(List<Entry> equals, long bytes) {
        long[] counts = equals.stream().mapToLong(Entry::reclaimableBytes).toArray();
        double all = Math.max(1, Arrays.stream(counts).asDoubleStream().sum());
        for (int i = 0; i < counts.length; i++) {
            long count = counts[i];
            long share = (long) Math.ceil(Math.min((double) count, bytes * (count / all)));
            // Nobody owes more than he has, nor is spared for more than that.
            equals.get(i).credit.updateAndGet(before -> Math.clamp(before + share, -count, count));
        }
    }

    /** An entry and its credit at one moment. */
    private record Credited(Entry entry, long credit) {}

    private static List<Credited> byCredit(List<Entry> equals) {
        return equals.stream()
                .map(entry -> new Credited(entry, entry.credit.get()))
                .sorted(Comparator.comparingLong(Credited::credit).reversed())
                .toList();
    }
}
