package io.vexel.filesystem;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Who of the threads that wait for a commit leads, and who wakes whom. One thread leads at a time. When it resigns, the threads whose commit is
 * durable by then leave, and the first of the others is the next leader at once, so that nobody overtakes it and nobody is
 * woken for nothing.
 *
 * <p>A thread sleeps on its own place in the queue and is woken once, when it is settled whether it leads or leaves; it takes no lock
 * on waking. The monitor guards {@code leading} and {@code waiting} for a few instructions.
 */
final class Leadership {

    private enum Outcome {
        WAITING,
        LEADS,
        LEAVES
    }

    private static final class Place {
        final Thread thread = Thread.currentThread();
        final long commit;
        volatile Outcome outcome = Outcome.WAITING;

        Place(long commit) {
            this.commit = commit;
        }

        void settle(Outcome decided) {
            outcome = decided;
            LockSupport.unpark(thread);
        }
    }

    private final LongSupplier durable;
    private final Deque<Place> waiting = new ArrayDeque<>();
    private boolean leading;

    /** @param durable the newest durable commit; it grows only while somebody leads */
    Leadership(LongSupplier durable) {
        this.durable = durable;
    }

    /**
     * Waits until the caller leads or the commit is durable. An interrupt does not end the wait and stays set.
     *
     * @return true for the new leader, who has to {@link #resign}
     */
    boolean lead(long commit) {
        Place place = new Place(commit);
        synchronized (this) {
            if (durable.getAsLong() >= commit) {
                return false;
            }
            if (!leading) {
                leading = true;
                return true;
            }
            waiting.add(place);
        }
        return await(place) == Outcome.LEADS;
    }

    private Outcome await(Place place) {
        boolean interrupted = false;
        while (place.outcome == Outcome.WAITING) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return place.outcome;
    }

    /** Gives the leadership to the first that still waits, and lets go whose commit is durable. */
    void resign() {
        List<Place> leaving = new ArrayList<>();
        Place next;
        synchronized (this) {
            long reached = durable.getAsLong();
            waiting.removeIf(place -> place.commit <= reached && leaving.add(place));
            next = waiting.poll();
            leading = next != null;
        }
        if (next != null) {
            next.settle(Outcome.LEADS);
        }
        leaving.forEach(place -> place.settle(Outcome.LEAVES));
    }
}
