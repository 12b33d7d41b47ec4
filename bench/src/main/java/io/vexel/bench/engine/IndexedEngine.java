package io.vexel.bench.engine;

import io.vexel.engine.Collection;
import io.vexel.engine.SearchRequest;

/** Vexel's graph as users have it: in a collection of a volume in a file. */
final class IndexedEngine extends CollectionEngine {

    static final String NAME = "vexel-collection";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String settings() {
        return "the default index of a collection through the public API, graph with full rows and efConstruction "
                + EF_CONSTRUCTION
                + "; the threads of the build import durable batches of 10,000, as many more index them; bytes: off-heap memory in use";
    }

    @Override
    public boolean isApproximate() {
        return true;
    }

    @Override
    SearchRequest.Builder configure(SearchRequest.Builder request, int ef) {
        return request.ef(ef);
    }

    @Override
    void settle(Collection collection, int threads) {
        collection.awaitIndexed();
    }
}
