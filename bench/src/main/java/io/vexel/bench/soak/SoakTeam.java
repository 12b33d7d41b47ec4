package io.vexel.bench.soak;

import io.vexel.base.TimeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Threads that do something again and again until they are stopped, or one of them fails. */
final class SoakTeam {

    /** Longer than anything takes that a thread does, even on a slow disk. */
    private static final long PATIENCE_NANOS = 600_000_000_000L;

    private static final long LOOK_AGAIN_MILLIS = 50;

    private final List<Thread> threads = new ArrayList<>();
    private volatile Optional<Throwable> failure = Optional.empty();
    private volatile boolean stopping;

    /** Adds a thread that does this. */
    void add(String name, Runnable step) {
        threads.add(Thread.ofPlatform().name(name).daemon().unstarted(() -> {
            try {
                while (!stopping) {
                    step.run();
                }
            } catch (RuntimeException | Error e) {
                fail(e);
            }
        }));
    }

    private synchronized void fail(Throwable e) {
        // The first one: what fails after it may fail because of it.
        if (failure.isEmpty()) {
            failure = Optional.of(e);
        }
        stopping = true;
    }

    boolean isStopping() {
        return stopping;
    }

    /** Lets them work for a time, or until one fails or the watch does, and stops them. */
    void work(long nanos, TimeSource time, MemoryWatch watch) {
        threads.forEach(Thread::start);
        long start = time.nanoTime();
        while (!stopping && time.nanoTime() - start < nanos && watch.failure().isEmpty()) {
            join(threads.getFirst(), LOOK_AGAIN_MILLIS);
        }
        stopping = true;
        long stopped = time.nanoTime();
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                if (time.nanoTime() - stopped > PATIENCE_NANOS) {
                    throw new SoakFailure(thread.getName() + " does not come to an end: " + stacks());
                }
                join(thread, LOOK_AGAIN_MILLIS);
            }
        }
        failure.ifPresent(e -> {
            throw e instanceof SoakFailure found ? found : new SoakFailure("a call failed: " + e, e);
        });
    }

    private static void join(Thread thread, long millis) {
        try {
            thread.join(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SoakFailure("interrupted", e);
        }
    }

    private static String stacks() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(entry -> entry.getValue().length > 0)
                .map(entry -> entry.getKey().getName() + ": "
                        + Stream.of(entry.getValue())
                                .limit(12)
                                .map(String::valueOf)
                                .collect(Collectors.joining(" < ")))
                .collect(Collectors.joining("; "));
    }
}
