package io.vexel.bench.engine;

/** A built index. Safe for any number of searchers at once. */
public interface AnnIndex extends AutoCloseable {

    /**
     * Bytes of everything it holds, the vectors with it; asked when searches have run, so that everything is loaded.
     *
     * @param heapGrowth by how much the Java heap grew over the build; the rows of the data set are not in it
     */
    long bytes(long heapGrowth);

    /** The part of building that this index took over from another engine's build instead of doing it again. */
    default BuildTime sharedBuild() {
        return BuildTime.NONE;
    }

    /**
     * A searcher for one thread.
     *
     * @param ef candidates that a search keeps, at least {@code k}
     * @param k rows that a search returns
     */
    AnnSearcher searcher(int ef, int k);

    @Override
    void close();
}
