package io.vexel.cli;

import io.vexel.base.Bytes;
import io.vexel.cli.terminal.Figures;
import io.vexel.collection.Point;
import io.vexel.collection.VectorData;
import io.vexel.distance.MemoryStream;
import io.vexel.engine.Collection;
import io.vexel.engine.ScanRequest;
import io.vexel.engine.SearchRequest;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Rounds of reading: the memory alone, single queries, batches of queries; each with several numbers of threads. */
final class ScanRun implements AutoCloseable {

    /** The yardstick reads at least so much, so that no cache serves it. */
    private static final long MIN_STREAM_BYTES = 256 * Bytes.MIB;

    private static final int K = 10;

    private final Collection collection;
    private final List<Integer> threads;
    private final int batchSize;
    private final long sliceNanos;
    private final long scanBytes;
    private final List<VectorData> queries;
    private final Region memory;
    private final ExecutorService executor =
            Executors.newCachedThreadPool(Thread.ofPlatform().daemon().factory());
    private final Map<Integer, Figure> figures = new LinkedHashMap<>();
    private long checksum;
    private int nextQuery;

    private static final class Figure {
        final Measured stream = new Measured();
        final Measured scan = new Measured();
        final Measured single = new Measured();
        final Measured batch = new Measured();
    }

    /** A line of the report; the key in JSON ends in the number of threads. */
    record Line(String what, String key, int threads, Measured values, int decimals, String unit) {}

    /** @param sliceNanos how long each kind of measurement runs in a round */
    ScanRun(Collection collection, List<Integer> threads, int batch, long sliceNanos) {
        this.collection = collection;
        this.threads = List.copyOf(threads);
        this.sliceNanos = sliceNanos;
        this.scanBytes = collection.statistics().vectorBytes();
        List<Point> points =
                collection.scan(ScanRequest.first(Math.max(1_000, batch))).points();
        this.queries = new ArrayList<>(points.stream().map(Point::vector).toList());
        for (int i = 0; queries.size() < batch; i++) {
            queries.add(queries.get(i));
        }
        this.batchSize = batch;
        this.memory = Region.allocate(MemoryBudget.unlimited(), "bench", Math.max(MIN_STREAM_BYTES, scanBytes));
        memory.segment().fill((byte) 1);
    }

    /** Measures everything once. */
    void round(boolean counted) {
        for (int count : threads) {
            double stream = streamBytesPerSecond(count);
            double single = queriesPerSecond(count, 1);
            double batch = queriesPerSecond(count, batchSize);
            if (counted) {
                Figure figure = figures.computeIfAbsent(count, _ -> new Figure());
                figure.stream.add(stream / 1e9);
                figure.scan.add(single * scanBytes / 1e9);
                figure.single.add(single);
                figure.batch.add(batch);
            }
        }
    }

    private double streamBytesPerSecond(int count) {
        long part = Bytes.roundDown(memory.segment().byteSize() / count, 64);
        List<Callable<Long>> tasks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            MemorySegment slice = memory.segment().asSlice(i * part, part);
            tasks.add(() -> MemoryStream.sum(slice));
        }
        long start = System.nanoTime();
        long bytes = 0;
        while (bytes == 0 || System.nanoTime() - start < sliceNanos) {
            run(tasks);
            bytes += part * count;
        }
        return Figures.perSecond(bytes, System.nanoTime() - start);
    }

    private void run(List<Callable<Long>> tasks) {
        try {
            for (Future<Long> future : executor.invokeAll(tasks)) {
                checksum += future.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while measuring");
        } catch (ExecutionException e) {
            throw new IllegalStateException("reading memory failed", e);
        }
    }

    private double queriesPerSecond(int count, int batch) {
        long start = System.nanoTime();
        long answered = 0;
        while (answered == 0 || System.nanoTime() - start < sliceNanos) {
            int from = nextQuery + batch <= queries.size() ? nextQuery : 0;
            nextQuery = from + batch;
            SearchRequest request = SearchRequest.builder(queries.subList(from, from + batch))
                    .k(K)
                    .exact()
                    .threads(count)
                    .build();
            checksum += batch == 1
                    ? collection.search(request).hits().size()
                    : collection.searchBatch(request).hits().size();
            answered += batch;
        }
        return Figures.perSecond(answered, System.nanoTime() - start);
    }

    List<Line> lines() {
        List<Line> lines = new ArrayList<>();
        figures.forEach((count, figure) -> {
            lines.add(new Line("memory, streaming read", "streamGigabytesPerSecond", count, figure.stream, 2, "GB/s"));
            lines.add(new Line("exact scan", "scanGigabytesPerSecond", count, figure.scan, 2, "GB/s"));
            lines.add(new Line("scan / memory", "scanToStream", count, figure.scan.ratioTo(figure.stream), 3, "x"));
            lines.add(new Line("queries, single", "singleQueriesPerSecond", count, figure.single, 1, "/s"));
            lines.add(new Line(
                    "queries, batches of " + batchSize, "batchQueriesPerSecond", count, figure.batch, 1, "/s"));
            lines.add(new Line("batch / single", "batchToSingle", count, figure.batch.ratioTo(figure.single), 2, "x"));
        });
        return lines;
    }

    @Override
    public void close() {
        executor.shutdownNow();
        // Kept so that the compiler cannot drop what was read.
        assert checksum != Long.MIN_VALUE;
        memory.close();
    }
}
