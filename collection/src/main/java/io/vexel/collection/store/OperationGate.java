package io.vexel.collection.store;

import io.vexel.base.ClosedException;
import java.util.concurrent.Semaphore;

/** Lets operations in until it is closed, and tells when the last one has left. Entering costs one compare-and-set. */
final class OperationGate {

    private static final int MOST = Integer.MAX_VALUE;

    private final String what;
    private final Semaphore permits = new Semaphore(MOST);
    private volatile boolean closed;

    /** @param what named in the message, for instance {@code collection docs} */
    OperationGate(String what) {
        this.what = what;
    }

    /** Every successful call is followed by {@link #leave}. */
    void enter() {
        if (closed || !permits.tryAcquire()) {
            throw new ClosedException(what + " is closed");
        }
        if (closed) {
            permits.release();
            throw new ClosedException(what + " is closed");
        }
    }

    void leave() {
        permits.release();
    }

    /** Refuses new operations and waits for those inside; true for the call that closed it. */
    boolean close() {
        synchronized (this) {
            if (closed) {
                return false;
            }
            closed = true;
        }
        permits.acquireUninterruptibly(MOST);
        return true;
    }
}
