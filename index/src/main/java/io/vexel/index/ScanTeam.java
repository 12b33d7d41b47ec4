package io.vexel.index;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * The threads of one search: the caller and tasks of an executor take pieces of work from a counter until none is left.
 *
 * <p>The caller returns when every task that has started is done; a task that starts later finds the team closed. So a full
 * executor cannot hold a search up, and no thread reads rows after the search has returned. The first failure stops all.
 *
 * <p>{@code members}, {@code active}, {@code closed} and the failures are guarded by this object's monitor; what members found
 * is visible to the caller through it. {@code stopped} is volatile.
 *
 * @param <M> what a member works with, its own
 */
final class ScanTeam<M> {

    /** Does one piece. */
    @FunctionalInterface
    interface Work<M> {
        void scan(M member, long piece);
    }

    private final long pieceCount;
    private final Supplier<M> recruit;
    private final Work<M> work;
    private final AtomicLong nextPiece = new AtomicLong();
    private final List<M> members = new ArrayList<>();
    private final Set<Throwable> failures = Collections.newSetFromMap(new IdentityHashMap<>());
    private Optional<Throwable> firstFailure = Optional.empty();
    private int active;
    private boolean closed;
    private volatile boolean stopped;

    ScanTeam(long pieceCount, Supplier<M> recruit, Work<M> work) {
        this.pieceCount = pieceCount;
        this.recruit = recruit;
        this.work = work;
    }

    /** Does all pieces, and returns the members that took part. Rethrows what stopped it. */
    List<M> run(Parallelism parallelism) {
        long helpers = Math.min(parallelism.threads() - 1, pieceCount - 1);
        for (int i = 0; i < helpers; i++) {
            if (!tryCall(parallelism)) {
                break;
            }
        }
        takePart();
        awaitHelpers();
        return result();
    }

    /** False when the executor takes no more; the caller then does without. */
    private boolean tryCall(Parallelism parallelism) {
        try {
            parallelism.executor().execute(this::takePart);
            return true;
        } catch (RejectedExecutionException _) {
            return false;
        }
    }

    private void takePart() {
        synchronized (this) {
            if (closed) {
                return;
            }
            active++;
        }
        try {
            takePieces();
        } catch (RuntimeException | Error e) {
            stopped = true;
            synchronized (this) {
                fail(e);
            }
        } finally {
            synchronized (this) {
                active--;
                notifyAll();
            }
        }
    }

    private void takePieces() {
        M member = recruit.get();
        for (long piece = next(); piece < pieceCount; piece = next()) {
            work.scan(member, piece);
        }
        synchronized (this) {
            members.add(member);
        }
    }

    private void fail(Throwable failure) {
        if (!failures.add(failure)) {
            return;
        }
        if (firstFailure.isPresent()) {
            firstFailure.get().addSuppressed(failure);
        } else {
            firstFailure = Optional.of(failure);
        }
    }

    private long next() {
        return stopped ? pieceCount : nextPiece.getAndIncrement();
    }

    private synchronized void awaitHelpers() {
        closed = true;
        boolean interrupted = false;
        while (active > 0) {
            try {
                wait();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized List<M> result() {
        if (firstFailure.isEmpty()) {
            return members;
        }
        if (firstFailure.get() instanceof RuntimeException e) {
            throw e;
        }
        throw (Error) firstFailure.get();
    }
}
