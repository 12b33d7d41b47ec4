package io.vexel.bench.engine;

/** Searches on behalf of one thread. */
@FunctionalInterface
public interface AnnSearcher extends AutoCloseable {

    /** The numbers of the rows found, nearest first; k of them, or fewer when there are no more. */
    int[] search(float[] query);

    @Override
    default void close() {}
}
