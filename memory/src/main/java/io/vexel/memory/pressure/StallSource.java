package io.vexel.memory.pressure;

import io.vexel.memory.linux.SystemFiles;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Pressure stall information, of the machine or of a cgroup. {@link PressureLevel#LOW}: for a tenth of the time some task waited for
 * memory; {@link PressureLevel#CRITICAL}: for a tenth of it all tasks did. Either is left at half of that. A share is the kernel's
 * over ten seconds, or that since the last look where this is greater, since the former takes seconds to rise.
 */
final class StallSource implements PressureSource {

    static final double ENTER_PERCENT = 10;
    static final double LEAVE_PERCENT = 5;

    /** Shorter spans say little about shares. */
    private static final long LEAST_SPAN_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private static final double PERCENT = 100;

    private final SystemFiles files;
    private final String path;
    private @Nullable StallShares last;
    private long lastNanos;
    private double someSince;
    private double fullSince;
    private boolean fired;

    StallSource(SystemFiles files, String path) {
        this.files = files;
        this.path = path;
    }

    @Override
    public String name() {
        return path;
    }

    @Override
    public boolean isOfSystem() {
        return true;
    }

    /** Where the file is. */
    Path file() {
        return files.path(path);
    }

    /** A trigger says that the share was passed within its window; the next look is at least {@link PressureLevel#LOW}. */
    void fired() {
        fired = true;
    }

    @Override
    public Optional<Reading> read(long nanos) {
        return files.read(path).flatMap(StallShares::parse).map(shares -> reading(shares, nanos));
    }

    private Reading reading(StallShares shares, long nanos) {
        if (last == null || nanos - lastNanos >= LEAST_SPAN_NANOS) {
            someSince = last == null ? 0 : since(last.some(), shares.some(), nanos - lastNanos);
            fullSince = last == null ? 0 : since(last.full(), shares.full(), nanos - lastNanos);
            last = shares;
            lastNanos = nanos;
        }
        double some = Math.max(shares.some().percent(), someSince);
        double full = Math.max(shares.full().percent(), fullSince);
        PressureLevel enters = level(some, full, ENTER_PERCENT);
        PressureLevel leaves = level(some, full, LEAVE_PERCENT);
        if (fired) {
            fired = false;
            enters = enters.or(PressureLevel.LOW);
            leaves = leaves.or(PressureLevel.LOW);
        }
        return new Reading(
                enters,
                leaves,
                String.format(
                        Locale.ROOT,
                        "for %.1f %% of the time some task, for %.1f %% all tasks waited for memory (%s)",
                        some,
                        full,
                        path));
    }

    private static double since(StallShares.Stall before, StallShares.Stall now, long nanos) {
        double micros = Math.max(0, now.totalMicros() - before.totalMicros());
        return Math.min(PERCENT, PERCENT * micros * TimeUnit.MICROSECONDS.toNanos(1) / nanos);
    }

    private static PressureLevel level(double some, double full, double percent) {
        if (full >= percent) {
            return PressureLevel.CRITICAL;
        }
        return some >= percent ? PressureLevel.LOW : PressureLevel.NORMAL;
    }
}
