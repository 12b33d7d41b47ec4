package io.vexel.engine;

import io.vexel.base.TimeSource;
import io.vexel.index.Cancellation;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/**
 * What ends a search early: its request's cancellation and timeout, and an interrupt of the thread that asked for it, which stays set. Asked by all threads of
 * the search.
 */
final class SearchLimits implements Cancellation {

    private final Thread caller = Thread.currentThread();
    private final Optional<BooleanSupplier> cancelled;
    private final Optional<Duration> timeout;
    private final long mostNanos;
    private final TimeSource time;
    private final long startNanos;

    /** For the calling thread. */
    SearchLimits(SearchRequest request, TimeSource time, long startNanos) {
        cancelled = request.cancellation();
        timeout = request.timeout();
        mostNanos = timeout.map(SearchLimits::nanos).orElse(Long.MAX_VALUE);
        this.time = time;
        this.startNanos = startNanos;
    }

    /** The largest number for what is longer. */
    private static long nanos(Duration duration) {
        return duration.compareTo(Duration.ofNanos(Long.MAX_VALUE)) < 0 ? duration.toNanos() : Long.MAX_VALUE;
    }

    @Override
    public void check() {
        if (caller.isInterrupted()) {
            throw new CancellationException("the search was interrupted");
        }
        if (cancelled.isPresent() && cancelled.get().getAsBoolean()) {
            throw new CancellationException("the search was cancelled");
        }
        if (timeout.isPresent() && time.nanoTime() - startNanos >= mostNanos) {
            throw new SearchTimeoutException(timeout.get());
        }
    }
}
