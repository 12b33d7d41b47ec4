package io.vexel.memory.pressure;

import io.vexel.memory.pressure.PressureSource.Reading;

/**
 * The level by one source. It rises at once, and falls when the readings have allowed it for a while:
 *
 * <pre>
 *              enters = LOW                 enters = CRITICAL
 *   NORMAL ───────────────────> LOW ──────────────────────────> CRITICAL      (also at once from NORMAL)
 *          <─────────────────── LOW <──────────────────────────
 *           leaves = NORMAL,           leaves = LOW, for as
 *           for as long as hold        long as hold                           (also at once to NORMAL)
 * </pre>
 */
final class HeldLevel {

    private final long holdNanos;
    private PressureLevel level = PressureLevel.NORMAL;
    /** The last time at which the level was not too high. */
    private long justifiedNanos;

    HeldLevel(long holdNanos) {
        this.holdNanos = holdNanos;
    }

    PressureLevel level() {
        return level;
    }

    void see(Reading reading, long nanos) {
        PressureLevel next = reading.enters().or(level.and(reading.leaves()));
        if (!level.isAbove(next)) {
            level = next;
            justifiedNanos = nanos;
        } else if (nanos - justifiedNanos >= holdNanos) {
            level = next;
            justifiedNanos = nanos;
        }
    }
}
