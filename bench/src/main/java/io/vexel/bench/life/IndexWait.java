package io.vexel.bench.life;

import io.vexel.collection.IndexStatus;
import io.vexel.engine.Collection;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.LockSupport;

/** How the phases wait for the index. */
final class IndexWait {

    private static final long LOOK_AGAIN_NANOS = 1_000_000;

    private IndexWait() {}

    /**
     * Returns when all rows are in the index, or there are too few for one.
     *
     * @throws IllegalStateException when the index says what keeps it from taking them
     */
    static void awaitIndexed(Collection collection) {
        checkHealthy(collection.awaitIndexed());
    }

    /**
     * Returns when no more than {@code most} rows are outside the index, which may still be measuring its recall, or when there are
     * too few for one.
     *
     * @throws IllegalStateException when the index says what keeps it from taking them
     */
    static void awaitShortTail(Collection collection, int most) {
        while (collection.tailRows() > most) {
            IndexStatus status = collection.indexStatus();
            checkHealthy(status);
            if (status.phase() == IndexStatus.Phase.NONE) {
                // Perhaps it is about to be made.
                awaitIndexed(collection);
                return;
            }
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
            if (Thread.currentThread().isInterrupted()) {
                throw new CancellationException("interrupted while the index caught up");
            }
        }
    }

    private static void checkHealthy(IndexStatus status) {
        status.problem()
                .or(() -> status.shortage().map(IndexStatus.Shortage::text))
                .ifPresent(text -> {
                    throw new IllegalStateException("the index does not take rows: " + text);
                });
    }
}
