package io.vexel.engine;

import java.time.Duration;
import java.util.concurrent.CancellationException;

/** A search took longer than its {@linkplain SearchRequest.Builder#timeout timeout}. */
public final class SearchTimeoutException extends CancellationException {

    private static final long serialVersionUID = 1;

    private final Duration timeout;

    SearchTimeoutException(Duration timeout) {
        super("the search took longer than its timeout of " + timeout);
        this.timeout = timeout;
    }

    /** What the request allowed. */
    public Duration timeout() {
        return timeout;
    }
}
