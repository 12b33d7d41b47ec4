package io.vexel.cli;

import io.vexel.cli.terminal.Progress;
import io.vexel.collection.IndexStatus;
import io.vexel.engine.Collection;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits, with a progress bar, until every point of a collection is in its index, and saves the index. */
final class IndexBuild {

    private static final long LOOK_MILLIS = 50;

    private IndexBuild() {}

    /**
     * What came of it.
     *
     * @param complete false when it was stopped, has a problem, or waits for memory
     */
    record Outcome(IndexStatus status, long nanos, boolean complete) {}

    /** Ends early at Ctrl-C; what is in the index by then is saved when the volume is closed. */
    static Outcome run(Collection collection, Verb.Session session) {
        Progress progress = new Progress(session.terminal(), session.time(), "rows indexed");
        long wanted = collection.statistics().rows();
        show(progress, collection, wanted);
        CompletableFuture<IndexStatus> done = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("index-build").start(() -> await(collection, done));
        try {
            while (!session.stop().isRequested()) {
                try {
                    IndexStatus status = done.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                    collection.checkpointIndex();
                    return new Outcome(
                            collection.indexStatus(),
                            progress.elapsedNanos(),
                            status.problem().isEmpty() && status.shortage().isEmpty());
                } catch (TimeoutException e) {
                    show(progress, collection, wanted);
                }
            }
            return new Outcome(collection.indexStatus(), progress.elapsedNanos(), false);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Outcome(collection.indexStatus(), progress.elapsedNanos(), false);
        } finally {
            progress.clear();
        }
    }

    /** Shows how many of the rows that are wanted are in the index, when it is time to. */
    static void show(Progress progress, Collection collection, long wanted) {
        long indexed = Math.max(0, wanted - collection.tailRows());
        progress.update(indexed, OptionalDouble.of(indexed / (double) Math.max(1, wanted)));
    }

    private static void await(Collection collection, CompletableFuture<IndexStatus> done) {
        try {
            done.complete(collection.awaitIndexed());
        } catch (RuntimeException | Error e) {
            done.completeExceptionally(e);
        }
    }
}
