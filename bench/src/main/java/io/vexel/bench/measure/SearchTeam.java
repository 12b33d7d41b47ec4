package io.vexel.bench.measure;

import io.vexel.bench.engine.AnnIndex;
import io.vexel.bench.engine.AnnSearcher;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;

/** The threads that search; each has a searcher of its own, and all start at once. */
final class SearchTeam implements AutoCloseable {

    private final float[][] queries;
    private final int k;
    private final long sliceNanos;
    private final ExecutorService executor =
            Executors.newCachedThreadPool(Thread.ofPlatform().daemon().factory());

    SearchTeam(float[][] queries, AnnPlan plan) {
        this.queries = queries;
        this.k = plan.k();
        this.sliceNanos = (long) (plan.seconds() * 1e9);
    }

    /** A timed pass. Searchers are made here, so that no thread can fail while others wait for it to start. */
    Pass pass(AnnIndex index, int ef, int threads) {
        CyclicBarrier together = new CyclicBarrier(threads);
        List<AnnSearcher> searchers = new ArrayList<>();
        try {
            List<Callable<ThreadShare>> tasks = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                AnnSearcher searcher = index.searcher(ef, k);
                searchers.add(searcher);
                ThreadShare share = new ThreadShare(queries, i % queries.length, Math.min(threads, queries.length));
                tasks.add(() -> {
                    together.await();
                    share.run(searcher, sliceNanos);
                    return share;
                });
            }
            return summary(runAll(tasks));
        } finally {
            searchers.forEach(AnnSearcher::close);
        }
    }

    private List<ThreadShare> runAll(List<Callable<ThreadShare>> tasks) {
        try {
            List<ThreadShare> shares = new ArrayList<>();
            for (Future<ThreadShare> future : executor.invokeAll(tasks)) {
                shares.add(future.get());
            }
            return shares;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while measuring");
        } catch (ExecutionException e) {
            throw new IllegalStateException("a search failed: " + e.getCause(), e.getCause());
        }
    }

    private static Pass summary(List<ThreadShare> shares) {
        long[] nanos = Percentiles.sorted(shares.stream()
                .flatMapToLong(share -> LongStream.of(share.searchNanos()))
                .toArray());
        return new Pass(
                nanos.length,
                shares.stream().mapToDouble(ThreadShare::cpuPerSecond).sum(),
                shares.stream().mapToDouble(ThreadShare::wallPerSecond).sum(),
                Percentiles.of(nanos, 0.50) / 1e3,
                Percentiles.of(nanos, 0.95) / 1e3,
                Percentiles.of(nanos, 0.99) / 1e3);
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
