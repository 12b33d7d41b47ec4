package io.vexel.filesystem;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Who of the threads that wait for a commit leads, and who wakes whom. One thread leads at a time. When it resigns, the threads whose commit is
 * durable by then leave, and the first of the others is woken to lead next. A thread that is running already may lead in its
 * stead, so that the device does not idle until a sleeper gets a processor; whoever leads commits for all that wait.
 *
 * <p>A thread sleeps on its own place in the queue and takes no lock when it is woken to leave. The monitor guards {@code leading} and
 * {@code waiting} for a few instructions. Invariant: while somebody waits, somebody leads or was woken to.
 */
final class Leadership {

    private enum Outcome {
        WAITING,
        MAY_LEAD,
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
        boolean wasFirst = false;
        while (true) {
            Place place = new Place(commit);
            synchronized (this) {
                if (durable.getAsLong() >= commit) {
                    return false;
                }
                if (!leading) {
                    leading = true;
                    return true;
                }
                if (wasFirst) {
                    waiting.addFirst(place);
                } else {
                    waiting.addLast(place);
                }
            }
            if (await(place) == Outcome.LEAVES) {
                return false;
            }
            wasFirst = true;
        }
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

    /** Wakes the first that still waits, to lead, and lets go whose commit is durable. */
    void resign() {
        List<Place> leaving = new ArrayList<>();
        Place next;
        synchronized (this) {
            long reached = durable.getAsLong();
            waiting.removeIf(place -> place.commit <= reached && leaving.add(place));
            next = waiting.poll();
            leading = false;
        }
        if (next != null) {
            next.settle(Outcome.MAY_LEAD);
        }
        leaving.forEach(place -> place.settle(Outcome.LEAVES));
    }
}
