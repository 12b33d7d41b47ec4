package io.vexel.collection;

/** Is told how a compaction goes on. */
@FunctionalInterface
public interface CompactionProgress {

    /** Looks away. */
    CompactionProgress NONE = (_, _) -> {};

    /**
     * Called between steps, by the thread that compacts.
     *
     * @param moved rows that were put again so far
     * @param planned about how many there will be
     * @throws java.util.concurrent.CancellationException to end it early; what was moved stays so, and its old place is given back by a later one
     */
    void at(long moved, long planned);
}
