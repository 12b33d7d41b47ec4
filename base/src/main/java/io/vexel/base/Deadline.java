package io.vexel.base;

import java.util.concurrent.TimeUnit;

/**
 * When somebody stops waiting who waits for several things one after the other.
 *
 * @param time what it is a moment of
 * @param atNanos the moment
 */
public record Deadline(TimeSource time, long atNanos) {

    /**
     * So long from now.
     *
     * @param millis at least 0
     */
    public static Deadline in(long millis, TimeSource time) {
        return new Deadline(time, time.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis));
    }

    /** Milliseconds that are left, rounded up; 0 when it is over. */
    public long leftMillis() {
        return Math.max(0, Math.ceilDiv(atNanos - time.nanoTime(), 1_000_000L));
    }

    /** The middle between now and this, so that there is something left for what is waited for afterwards. */
    public Deadline half() {
        long now = time.nanoTime();
        return new Deadline(time, now + Math.max(0, atNanos - now) / 2);
    }

    /** This, or so many milliseconds from now if that is sooner. */
    public Deadline within(long millis) {
        Deadline other = in(millis, time);
        return other.atNanos - atNanos < 0 ? other : this;
    }
}
