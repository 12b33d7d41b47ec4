package io.vexel.engine;

import io.vexel.index.Parallelism;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Who runs the helpers of searches: the executor of the options, or daemon threads of the volume's own, at most one a processor,
 * made when they are first needed and gone when idle for some seconds.
 */
final class SearchThreads implements AutoCloseable {

    private static final long IDLE_SECONDS = 10;

    private final Optional<Executor> given;
    private Optional<ExecutorService> own = Optional.empty();

    SearchThreads(Optional<Executor> given) {
        this.given = given;
    }

    Parallelism forThreads(int threads) {
        return threads == 1 ? Parallelism.NONE : new Parallelism(threads, given.orElseGet(this::own));
    }

    private synchronized Executor own() {
        if (own.isEmpty()) {
            int most = Runtime.getRuntime().availableProcessors();
            AtomicInteger count = new AtomicInteger();
            ThreadPoolExecutor pool = new ThreadPoolExecutor(
                    most,
                    most,
                    IDLE_SECONDS,
                    TimeUnit.SECONDS,
                    new LinkedBlockingQueue<>(),
                    task -> Thread.ofPlatform()
                            .daemon()
                            .name("vexel-search-" + count.incrementAndGet())
                            .unstarted(task));
            pool.allowCoreThreadTimeOut(true);
            own = Optional.of(pool);
        }
        return own.orElseThrow();
    }

    /** Ends the threads of its own. */
    @Override
    public synchronized void close() {
        own.ifPresent(ExecutorService::shutdown);
    }
}
