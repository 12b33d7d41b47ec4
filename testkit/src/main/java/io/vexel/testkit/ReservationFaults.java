package io.vexel.testkit;

import io.vexel.memory.ReservationRefusal;
import java.util.function.Predicate;

/**
 * Refuses reservations of a budget, counted as a {@link FaultRule} counts operations of a device. Safe for use by any thread.
 */
public final class ReservationFaults implements ReservationRefusal {

    private final Predicate<String> owners;
    private long seen;
    private long skip = Long.MAX_VALUE;
    private long strikes;
    private long struck;
    private String last = "nothing";

    private ReservationFaults(Predicate<String> owners) {
        this.owners = owners;
    }

    /** For reservations of anybody; none is refused yet. */
    public static ReservationFaults ofAll() {
        return new ReservationFaults(_ -> true);
    }

    /** For reservations of some owners only; the others are neither counted nor refused. */
    public static ReservationFaults of(Predicate<String> owners) {
        return new ReservationFaults(owners);
    }

    /** From now on: lets so many reservations pass, and refuses one. */
    public void refuseOnce(long after) {
        refuse(after, 1);
    }

    /** From now on: lets so many reservations pass, and refuses all others. */
    public void refuseForGood(long after) {
        refuse(after, Long.MAX_VALUE);
    }

    private synchronized void refuse(long after, long times) {
        seen = 0;
        struck = 0;
        skip = after;
        strikes = times;
    }

    /** Refuses nothing any more. */
    public synchronized void heal() {
        strikes = 0;
    }

    /** Reservations since it was last told what to do, or since the start. */
    public synchronized long seen() {
        return seen;
    }

    /** How many of them were refused. */
    public synchronized long struck() {
        return struck;
    }

    @Override
    public synchronized boolean refuses(String owner, long bytes) {
        if (!owners.test(owner)) {
            return false;
        }
        long index = seen++;
        boolean refused = index >= skip && index - skip < strikes;
        if (refused) {
            struck++;
            last = bytes + " bytes for " + owner;
        }
        return refused;
    }

    /** What was refused, for messages. */
    @Override
    public synchronized String toString() {
        return "reservations refused: " + struck + " of " + seen + ", the last one of " + last;
    }
}
