package io.vexel.collection.store;

import java.util.TreeMap;

/**
 * The floor of a collection in memory, and the older states at which it is held because scans go through them. States are named by their versions. A state
 * is held until as many scans have ended as have begun on it, or until none of them went on for {@value #HOLD_MINUTES} minutes.
 *
 * <p>Everything is guarded by the monitor.
 */
final class HeldStates {

    /** How long a state is held after it was last read. */
    static final int HOLD_MINUTES = 5;

    private static final long HOLD_NANOS = HOLD_MINUTES * 60_000_000_000L;

    private final TreeMap<Integer, Hold> holds = new TreeMap<>();
    /** States with a smaller version cannot be read any more; only grows. */
    private int floor;

    /** Scans on a state, and when one of them went on last. */
    private record Hold(int scans, long sinceNanos) {}

    /** @param floor that of the id log */
    HeldStates(int floor) {
        this.floor = floor;
    }

    /** A scan that has begun on a state is to go on; false when the state is below the floor. */
    synchronized boolean begin(int version, long nowNanos) {
        return hold(version, 1, nowNanos);
    }

    /** A scan goes on; false when its state is below the floor. */
    synchronized boolean goOn(int version, long nowNanos) {
        return hold(version, 0, nowNanos);
    }

    private boolean hold(int version, int moreScans, long nowNanos) {
        if (version < floor) {
            return false;
        }
        forgetOld(nowNanos);
        Hold before = holds.get(version);
        int scans = before == null ? 1 : before.scans + moreScans;
        holds.put(version, new Hold(scans, nowNanos));
        return true;
    }

    /** A scan has come to its end. */
    synchronized void end(int version) {
        holds.computeIfPresent(version, (_, hold) -> hold.scans > 1 ? new Hold(hold.scans - 1, hold.sinceNanos) : null);
    }

    /** What the floor could be raised to: the version, or the least that is held. */
    synchronized int limit(int version, long nowNanos) {
        forgetOld(nowNanos);
        return Math.max(floor, holds.isEmpty() ? version : Math.min(version, holds.firstKey()));
    }

    /** Raises the floor to {@link #limit}; returns it. */
    synchronized int raise(int version, long nowNanos) {
        floor = limit(version, nowNanos);
        return floor;
    }

    private void forgetOld(long nowNanos) {
        holds.values().removeIf(hold -> nowNanos - hold.sinceNanos > HOLD_NANOS);
    }
}
