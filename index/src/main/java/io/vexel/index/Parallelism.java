package io.vexel.index;

import io.vexel.base.Checks;
import java.util.concurrent.Executor;

/**
 * How many threads one search may use: the caller and up to {@code threads - 1} tasks of the executor. A busy executor slows a
 * search down but cannot hold it up: the caller does what no task has taken.
 *
 * @param threads 1..{@value #MAX_THREADS}
 * @param executor not used when {@code threads} is 1
 */
public record Parallelism(int threads, Executor executor) {

    public static final int MAX_THREADS = 1024;

    /** The caller alone. */
    public static final Parallelism NONE = new Parallelism(1, task -> {
        throw new IllegalStateException("threads=1, allowed: no task");
    });

    public Parallelism {
        Checks.inRange("threads", threads, 1, MAX_THREADS);
    }
}
