package io.vexel.index;

import io.vexel.base.TimeSource;
import java.util.concurrent.CancellationException;

/** Asked by a search between pieces of work of about a millisecond, from each of its threads. */
@FunctionalInterface
public interface Cancellation {

    /** Never cancels. */
    Cancellation NONE = () -> {};

    /** Returns to let the search go on; throws to stop it. The search passes the exception on to its caller. */
    void check();

    /**
     * Stops searches with a {@link CancellationException} from a point in time on.
     *
     * @param deadlineNanos in terms of {@link TimeSource#nanoTime()}
     */
    static Cancellation at(TimeSource time, long deadlineNanos) {
        return () -> {
            if (time.nanoTime() - deadlineNanos >= 0) {
                throw new CancellationException("the search passed its deadline");
            }
        };
    }
}
