package io.vexel.cli;

import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Runs a source on a thread of its own, a few elements ahead of whoever takes them. What the source throws is thrown where
 * the element would have been taken. The source is used by that thread only, until {@link #close} has returned.
 */
final class Prefetch<T> implements AutoCloseable {

    private static final int ELEMENTS_AHEAD = 2;

    /** How often somebody who waits looks whether to stop. */
    private static final int LOOK_MILLIS = 50;

    private final BlockingQueue<Step<T>> steps = new ArrayBlockingQueue<>(ELEMENTS_AHEAD);
    private final Thread thread;
    private volatile boolean closed;

    private sealed interface Step<T> {

        record Element<T>(T value) implements Step<T> {}

        record End<T>() implements Step<T> {}

        record Failure<T>(RuntimeException cause) implements Step<T> {}
    }

    /** @param source gives elements until it gives an empty one */
    Prefetch(Supplier<Optional<T>> source) {
        thread = Thread.ofPlatform().name("read-ahead").daemon().start(() -> run(source));
    }

    private void run(Supplier<Optional<T>> source) {
        try {
            boolean more = true;
            while (more && !closed) {
                Step<T> step = step(source);
                steps.put(step);
                more = step instanceof Step.Element<T>;
            }
        } catch (InterruptedException e) {
            // close() wants this thread to end, and it does.
            Thread.currentThread().interrupt();
        }
    }

    private static <T> Step<T> step(Supplier<Optional<T>> source) {
        try {
            return source.get().<Step<T>>map(Step.Element::new).orElseGet(Step.End::new);
        } catch (RuntimeException e) {
            return new Step.Failure<>(e);
        }
    }

    /** The next element, empty at the end or when it is time to stop; not to be called again after that. */
    Optional<T> take(BooleanSupplier stop) {
        try {
            Step<T> step = steps.poll();
            while (step == null && !stop.getAsBoolean()) {
                step = steps.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            }
            return switch (step) {
                case null -> Optional.empty();
                case Step.Element<T> element -> Optional.of(element.value());
                case Step.End<T> _ -> Optional.empty();
                case Step.Failure<T> failure -> throw failure.cause();
            };
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new java.util.concurrent.CancellationException("interrupted while waiting for the file");
        }
    }

    /** Ends the thread, also where it waits for an interruptible channel, and waits for it. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                steps.clear();
                thread.join(10);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
