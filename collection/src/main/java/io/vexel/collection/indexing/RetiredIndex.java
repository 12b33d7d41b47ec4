package io.vexel.collection.indexing;

import java.util.Optional;

/**
 * An index that left memory for others: what it had is freed when the searches that were in it have ended. For the thread that has control of the index;
 * all fields are volatile, and any thread may ask whether it is time, and for the bytes.
 */
final class RetiredIndex {

    private final GracePeriod searches;
    private volatile Optional<ActiveIndex> index = Optional.empty();
    private volatile long period;
    private volatile long bytes;

    RetiredIndex(GracePeriod searches) {
        this.searches = searches;
    }

    /** Takes an index that no search finds any more. None was taken before that was not freed. */
    void take(ActiveIndex retired) {
        retired.stop();
        bytes = retired.memoryBytes();
        period = searches.begin();
        index = Optional.of(retired);
    }

    /** Bytes that {@link #free} will give back; 0 when there is none. */
    long bytes() {
        return bytes;
    }

    boolean isPresent() {
        return index.isPresent();
    }

    /** Whether {@link #free} would free it without waiting. */
    boolean isDue() {
        return index.isPresent() && searches.isOver(period);
    }

    /**
     * Frees it.
     *
     * @param millis how long to wait for searches at most
     * @return whether it was freed
     */
    boolean free(long millis) {
        boolean due = isDue() || (index.isPresent() && millis > 0 && searches.awaitAtMost(millis));
        if (due) {
            close();
        }
        return due;
    }

    /** Frees it if there is one; no search is in it any more. */
    void close() {
        index.ifPresent(ActiveIndex::close);
        index = Optional.empty();
        bytes = 0;
    }
}
