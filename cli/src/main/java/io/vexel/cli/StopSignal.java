package io.vexel.cli;

import io.vexel.cli.terminal.Terminal;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Ctrl-C as a request. A verb that wants to stop in good order arms the signal, looks at it between its steps and returns
 * {@link io.vexel.base.ErrorCode#EXIT_INTERRUPTED}; the process waits for it.
 */
final class StopSignal {

    private static final long LONGEST_WAIT_SECONDS = 60;

    private final AtomicBoolean requested = new AtomicBoolean();
    private final AtomicBoolean armed = new AtomicBoolean();
    private final CountDownLatch finished = new CountDownLatch(1);
    private final Terminal terminal;

    private StopSignal(Terminal terminal, boolean armedAlready) {
        this.terminal = terminal;
        armed.set(armedAlready);
    }

    /** Requested when the process is told to end. */
    static StopSignal ofProcess(Terminal terminal) {
        return new StopSignal(terminal, false);
    }

    /** Requested by {@link #request} only. */
    static StopSignal manual(Terminal terminal) {
        return new StopSignal(terminal, true);
    }

    /** From now on the process waits for the verb when it is told to end. */
    void arm() {
        if (!armed.getAndSet(true)) {
            Runtime.getRuntime().addShutdownHook(new Thread(this::stopAndWait, "stop"));
        }
    }

    void request() {
        requested.set(true);
    }

    boolean isRequested() {
        return requested.get();
    }

    /** The verb has returned and its output is flushed. */
    void finished() {
        finished.countDown();
    }

    private void stopAndWait() {
        request();
        try {
            if (!finished.await(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS)) {
                terminal.err().println("vexel: gave up waiting for the step that runs");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
