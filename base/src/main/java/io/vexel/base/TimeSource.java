package io.vexel.base;

/** The clock port: all time is read through it, so that a simulation can replay a run. */
public interface TimeSource {

    /** The system clock. */
    TimeSource SYSTEM = new TimeSource() {
        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public long epochMillis() {
            return System.currentTimeMillis();
        }
    };

    /** Monotonic nanoseconds from an arbitrary origin. */
    long nanoTime();

    /** Milliseconds since 1970-01-01T00:00Z. */
    long epochMillis();
}
