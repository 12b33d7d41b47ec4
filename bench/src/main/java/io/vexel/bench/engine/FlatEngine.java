package io.vexel.bench.engine;

import io.vexel.engine.Collection;
import io.vexel.engine.SearchRequest;

/** Vexel's exact search. */
final class FlatEngine extends CollectionEngine {

    static final String NAME = "vexel-flat";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String settings() {
        return "exact search through the public API; the threads of the build import durable batches of 10,000; bytes: off-heap memory in use";
    }

    @Override
    public boolean isApproximate() {
        return false;
    }

    @Override
    SearchRequest.Builder configure(SearchRequest.Builder request, int ef) {
        return request.exact();
    }

    @Override
    void settle(Collection collection, int threads) {
        collection.dropIndex();
    }
}
