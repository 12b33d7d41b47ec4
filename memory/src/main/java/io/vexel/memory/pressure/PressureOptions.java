package io.vexel.memory.pressure;

import io.vexel.base.Checks;
import io.vexel.base.TimeSource;
import java.nio.file.Path;
import java.time.Duration;

/**
 * How a monitor works.
 *
 * @param root what stands for "/" when files of the system are looked for; there is no limit of a cgroup nor stall information where it has none
 * @param interval between looks, 1 ms..1 hour; where a trigger is armed, a look comes at once when it fires
 * @param hold how long a level must have been too high before it is left, at least 0
 * @param samples of the history that are kept, 1..{@link MemoryHistory#MAX_CAPACITY}
 * @param time the clock
 */
public record PressureOptions(Path root, Duration interval, Duration hold, int samples, TimeSource time) {

    private static final Duration LONGEST = Duration.ofHours(1);
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration HOLD = Duration.ofSeconds(5);
    private static final int SAMPLES = 600;

    public PressureOptions {
        Checks.argument(
                interval.compareTo(Duration.ofMillis(1)) >= 0 && interval.compareTo(LONGEST) <= 0,
                "interval=" + interval + ", allowed: " + Duration.ofMillis(1) + ".." + LONGEST);
        Checks.argument(
                !hold.isNegative() && hold.compareTo(LONGEST) <= 0,
                "hold=" + hold + ", allowed: " + Duration.ZERO + ".." + LONGEST);
        Checks.inRange("samples", samples, 1, MemoryHistory.MAX_CAPACITY);
    }

    /** A look a second, levels held for five seconds, ten minutes of samples. */
    public static PressureOptions standard() {
        return new PressureOptions(Path.of("/"), INTERVAL, HOLD, SAMPLES, TimeSource.SYSTEM);
    }

    /** The same with other files. */
    public PressureOptions withRoot(Path directory) {
        return new PressureOptions(directory, interval, hold, samples, time);
    }

    /** The same with another interval. */
    public PressureOptions withInterval(Duration between) {
        return new PressureOptions(root, between, hold, samples, time);
    }

    /** The same with another time for which levels are held. */
    public PressureOptions withHold(Duration span) {
        return new PressureOptions(root, interval, span, samples, time);
    }

    /** The same with another clock. */
    public PressureOptions withTime(TimeSource clock) {
        return new PressureOptions(root, interval, hold, samples, clock);
    }
}
