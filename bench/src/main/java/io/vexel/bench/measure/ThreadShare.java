package io.vexel.bench.measure;

import io.vexel.bench.engine.AnnSearcher;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;

/** One thread's part of a timed pass: every so many queries, over and over for the length of a slice. */
final class ThreadShare {

    /** A pass that is slower than this many slices ends before it has seen all queries; exact search of a large set does. */
    private static final int MOST_SLICES = 10;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final float[][] queries;
    private final int first;
    private final int step;
    private long[] nanos = new long[1024];
    private int count;
    private long cpuNanos;
    private long wallNanos;
    private int checksum;

    /** @param step number of threads; this one takes queries {@code first}, {@code first + step}, ... */
    ThreadShare(float[][] queries, int first, int step) {
        this.queries = queries;
        this.first = first;
        this.step = step;
    }

    /** Searches for at least {@code sliceNanos}, all queries at least once where they can be done in a few slices. */
    void run(AnnSearcher searcher, long sliceNanos) {
        long cpuStart = THREADS.getCurrentThreadCpuTime();
        long start = System.nanoTime();
        long end = start;
        do {
            end = cycle(searcher, end, start + MOST_SLICES * sliceNanos);
        } while (end - start < sliceNanos);
        wallNanos = end - start;
        cpuNanos = THREADS.getCurrentThreadCpuTime() - cpuStart;
    }

    private long cycle(AnnSearcher searcher, long begin, long deadline) {
        long now = begin;
        for (int q = first; q < queries.length && now - deadline < 0; q += step) {
            int[] ids = searcher.search(queries[q]);
            long end = System.nanoTime();
            add(end - now);
            now = end;
            // Kept so that the compiler cannot drop the search.
            checksum += ids.length == 0 ? 1 : ids[0];
        }
        return now;
    }

    private void add(long value) {
        if (count == nanos.length) {
            nanos = Arrays.copyOf(nanos, 2 * count);
        }
        nanos[count++] = value;
    }

    double cpuPerSecond() {
        return count * 1e9 / Math.max(1, cpuNanos);
    }

    double wallPerSecond() {
        return count * 1e9 / Math.max(1, wallNanos);
    }

    /** How long each search took. */
    long[] searchNanos() {
        assert checksum != Integer.MIN_VALUE;
        return Arrays.copyOf(nanos, count);
    }
}
