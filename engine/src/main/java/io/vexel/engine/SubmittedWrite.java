package io.vexel.engine;

import io.vexel.base.TimeSource;
import io.vexel.collection.store.AppliedWrite;
import io.vexel.collection.store.CollectionStore;

/** A write that the store has put in its place; counted as successful or failed once, when it is first known. */
final class SubmittedWrite implements PendingWrite {

    private final CollectionStore store;
    private final AppliedWrite write;
    private final WriteCounters counters;
    private final TimeSource time;
    private final long startNanos;
    private boolean counted;

    SubmittedWrite(
            CollectionStore store, AppliedWrite write, WriteCounters counters, TimeSource time, long startNanos) {
        this.store = store;
        this.write = write;
        this.counters = counters;
        this.time = time;
        this.startNanos = startNanos;
    }

    @Override
    public WriteResult await() {
        try {
            store.await(write);
        } catch (RuntimeException e) {
            if (firstOutcome()) {
                counters.fail();
            }
            throw e;
        }
        if (firstOutcome()) {
            counters.succeed(time.nanoTime() - startNanos, write.inserted() + write.replaced());
        }
        return new WriteResult(write.inserted(), write.replaced(), write.deleted());
    }

    private synchronized boolean firstOutcome() {
        boolean first = !counted;
        counted = true;
        return first;
    }
}
