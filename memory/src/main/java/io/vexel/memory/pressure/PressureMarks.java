package io.vexel.memory.pressure;

import io.vexel.memory.pressure.PressureSource.Reading;

/**
 * Marks on the memory that is available, in percent of a limit: {@link PressureLevel#CRITICAL} is entered below {@code min} and left from
 * {@code low} on; {@link PressureLevel#LOW} is entered below {@code low} and left from {@code high} on. They are those of the zones,
 * {@link io.vexel.memory.zone.Watermarks}.
 */
final class PressureMarks {

    static final int MIN_PERCENT = 5;
    static final int LOW_PERCENT = 10;
    static final int HIGH_PERCENT = 15;

    private static final double PERCENT = 100;

    private PressureMarks() {}

    /** Percent of a limit, 0..100, also where available is below 0 or above the limit. */
    static double percent(long available, long limit) {
        return limit <= 0 ? 0 : Math.clamp(PERCENT * available / limit, 0, PERCENT);
    }

    static Reading reading(long available, long limit, String of) {
        double percent = percent(available, limit);
        String text =
                String.format(java.util.Locale.ROOT, "%.1f %% of %d bytes of %s are available", percent, limit, of);
        return new Reading(level(percent, MIN_PERCENT, LOW_PERCENT), level(percent, LOW_PERCENT, HIGH_PERCENT), text);
    }

    private static PressureLevel level(double percent, int critical, int low) {
        if (percent < critical) {
            return PressureLevel.CRITICAL;
        }
        return percent < low ? PressureLevel.LOW : PressureLevel.NORMAL;
    }
}
