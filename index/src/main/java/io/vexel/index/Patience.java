package io.vexel.index;

/**
 * A wait of a search for others, in steps of some milliseconds between which it asks whether to go on. An interrupt does not end the wait unless the
 * cancellation says so; it is set again when the wait is over.
 */
public final class Patience implements AutoCloseable {

    /** The longest step. */
    public static final long MILLIS = 5;

    private final Cancellation cancellation;
    private boolean interrupted;

    /** Waits for at most {@link #MILLIS}; tells whether what was waited for has come. */
    @FunctionalInterface
    public interface Step {
        boolean await() throws InterruptedException;
    }

    public Patience(Cancellation cancellation) {
        this.cancellation = cancellation;
    }

    /** Asks whether to go on, and takes one step; false when an interrupt ended that. */
    public boolean await(Step step) {
        cancellation.check();
        // While it is set, there is no waiting.
        if (Thread.interrupted()) {
            askAgain();
        }
        try {
            return step.await();
        } catch (InterruptedException _) {
            // The next question sees it.
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** The interrupt may have come after the question, which has to see it once. */
    private void askAgain() {
        if (!interrupted) {
            interrupted = true;
            Thread.currentThread().interrupt();
            cancellation.check();
            boolean _ = Thread.interrupted();
        }
    }

    /** Sets the interrupt again, if there was one. */
    @Override
    public void close() {
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
