package io.vexel.collection.indexing;

import io.vexel.base.TimeSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Holds those up who bring an index into memory while searches use it where it was saved: these need the processor and the device for some milliseconds
 * each, the first one for longer. Where they never end, the index comes into memory all the same.
 *
 * <p>For any number of threads that load one index.
 */
final class LoadPacing {

    /** How long a thread lets searches pass before each read, until they have done so for long. */
    private static final long LONG_WAIT_MILLIS = 200;

    private static final long SHORT_WAIT_MILLIS = 10;
    private static final long LONG_WAITS_MILLIS = 2_000;

    private final GracePeriod searches;
    private final TimeSource time;

    /** How long searches may still hold up the loading for long at a time; summed over its threads. */
    private final AtomicLong patienceNanos = new AtomicLong();

    LoadPacing(GracePeriod searches, TimeSource time) {
        this.searches = searches;
        this.time = time;
    }

    /** Before the index is read. */
    void begin() {
        patienceNanos.set(TimeUnit.MILLISECONDS.toNanos(LONG_WAITS_MILLIS));
    }

    /** Returns when the searches that run have ended, or after a while. */
    void letSearchesPass() {
        long start = time.nanoTime();
        boolean _ = searches.awaitAtMost(patienceNanos.get() > 0 ? LONG_WAIT_MILLIS : SHORT_WAIT_MILLIS);
        patienceNanos.addAndGet(start - time.nanoTime());
    }
}
