package io.vexel.bench.filter;

import io.vexel.bench.measure.SearchClock;
import io.vexel.engine.Collection;
import io.vexel.engine.SearchRequest;
import java.lang.management.ManagementFactory;
import java.util.List;

/** Times all requests of one kind, one after the other on the calling thread. */
final class SearchPass {

    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final double NANOS_PER_MICRO = 1e3;

    private final Collection collection;
    private final List<SearchRequest> requests;
    private final SearchClock clock;

    /** @param requests at least one; each is carried out by the calling thread alone */
    SearchPass(Collection collection, List<SearchRequest> requests, SearchClock clock) {
        this.collection = collection;
        this.requests = requests;
        this.clock = clock;
    }

    /**
     * What a search took.
     *
     * @param micros microseconds a search, mean of all requests
     * @param bytes allocated on the heap a search
     * @param payloads read and held against the filter a search
     */
    record Cost(double micros, double bytes, double payloads) {}

    Cost run() {
        long bytes = THREADS.getCurrentThreadAllocatedBytes();
        long payloads = 0;
        long start = now();
        for (SearchRequest request : requests) {
            payloads += collection.search(request).cost().payloadsChecked();
        }
        long nanos = now() - start;
        bytes = THREADS.getCurrentThreadAllocatedBytes() - bytes;
        double searches = requests.size();
        return new Cost(nanos / NANOS_PER_MICRO / searches, bytes / searches, payloads / searches);
    }

    private long now() {
        return clock == SearchClock.CPU ? THREADS.getCurrentThreadCpuTime() : System.nanoTime();
    }
}
