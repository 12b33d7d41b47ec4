package io.vexel.index;

import io.vexel.base.VexelException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * An index that is built from rows, row by row, and answers from far fewer than all of them. It holds nothing that could not be
 * built again, changes while it is searched, and is saved page by page.
 *
 * <p>Life of a row: {@link #insert} makes it findable; it stays until {@link #sweep} finds that it is dead, or another row {@linkplain #takeOver takes its place}. Between its death and
 * the sweep, searches pass through it and never return it, because they ask the request's {@code live} filter about every result.
 *
 * <p>Who may call what at once: {@link #search} at any time, from any thread, without waiting for anybody. {@link #insert}, {@link #insertAll} and {@link #takeOver} from
 * any number of threads. {@link #sweep} from one thread, beside inserts and searches. {@link #checkpoint},
 * {@link #forgetCheckpoint} and {@link #verify} while none of these runs. {@link #close} alone.
 */
public sealed interface DerivedIndex extends VectorIndex, AutoCloseable permits GraphIndex, PagedGraph, EpochIndex {

    IndexKind kind();

    /**
     * Makes a row findable.
     *
     * @param ordinal the row, 0..2^31-2, inserted once while it is in the index
     * @param row native address of its elements, readable during the call
     * @throws io.vexel.base.CapacityException when the memory budget refuses; the index is unchanged
     */
    void insert(long ordinal, long row);

    /**
     * As {@link #insert} of each row in turn, where that can be done faster for several at once.
     *
     * @param ordinals the rows; the first {@code count} are inserted
     * @param rows native addresses of their elements
     * @return how many were inserted from the start, at least 1; fewer than {@code count} when the next one failed, whatever the reason: who goes on with it
     *     meets that again, or does not
     * @throws io.vexel.base.CapacityException when the memory budget refuses the first one; the index is unchanged
     * @throws io.vexel.base.VexelException when a row that the first one is compared with cannot be read; the index is unchanged
     */
    default int insertAll(long[] ordinals, long[] rows, int count) {
        for (int i = 0; i < count; i++) {
            try {
                insert(ordinals[i], rows[i]);
            } catch (VexelException e) {
                if (i == 0) {
                    throw e;
                }
                return i;
            }
        }
        return count;
    }

    /** Whether a row may {@link #takeOver} the place of another one; else the methods about that answer false. */
    default boolean knowsTwins() {
        return false;
    }

    /** Whether a row is in the index, as far as the index {@linkplain #knowsTwins can tell}. */
    default boolean contains(long ordinal) {
        return false;
    }

    /**
     * Whether the index knows the same of a vector as of that of a row which is in it, bit for bit: then it is as good for either.
     *
     * @param row native address of the elements of the vector, readable during the call
     * @param other a row, in the index or not
     */
    default boolean isTwin(long row, long other) {
        return false;
    }

    /**
     * Puts a row into the index in the place of another one, of which the index {@linkplain #isTwin knows the same}; that one is not in it from then on.
     * Nothing else changes: no link, and no place is needed. From any number of threads, beside what {@link #insert} may run beside.
     *
     * <p>To be called when no search wants the other row any more, nor takes the new one from the index yet: both rows are the same place.
     *
     * @param ordinal the row, 0..2^31-2, not in the index
     * @param row native address of its elements, readable during the call
     * @param other the row whose place it takes
     * @return false when nothing has changed: the other row is not in the index, is not known as the same, or a sweep is about to take it out
     * @throws io.vexel.base.CapacityException when the memory budget refuses four bytes for each ordinal that is new; the index is unchanged
     */
    default boolean takeOver(long ordinal, long row, long other) {
        return false;
    }

    /**
     * Answers from the inserted rows, with keys computed from the full vectors, so they are those that an exact search gives.
     *
     * @param request its queries, {@code k}, radius and filters; parallelism is over queries
     * @param effort how thoroughly, and among which rows
     */
    SearchResult search(SearchRequest request, Effort effort);

    /**
     * As {@link #search(SearchRequest, Effort)}, for a request with a filter, told which rows may fulfil it. Where that is faster than the index's
     * own way it looks at all of them, by the codes that it has, and then finds {@code k} whenever so many fulfil the filter.
     *
     * @param some among which are all rows that the filter accepts
     */
    default SearchResult searchAmong(SearchRequest request, Effort effort, OrdinalSet some) {
        return search(request, effort);
    }

    /** Whether {@link #searchAmong} would compare the codes of all of so many rows, unless they are found to lie near the query. */
    default boolean comparesCodes(long rows, int k, int ef) {
        return false;
    }

    /**
     * What a search that wants a pool walks by: {@link Pool#EXACT} or {@link Pool#ESTIMATE}. Empty for kinds that have no such choice.
     */
    default Optional<Pool> pool(Pool wanted) {
        return Optional.empty();
    }

    /**
     * As {@link #search(SearchRequest, Effort)}, but as if a row were not in the index: it is neither found nor, where the index finds it at
     * all, passed through.
     *
     * @param request one query, the row's own vector
     * @param ordinal the row
     */
    SearchResult searchWithout(SearchRequest request, Effort effort, long ordinal);

    /** What a search for {@code k} rows among all is made with when it does not say how thorough it is to be. */
    default Effort defaultEffort(int k) {
        return Effort.forK(k);
    }

    /** As {@link #search(SearchRequest, Effort)} with the {@linkplain #defaultEffort default effort}. */
    @Override
    default SearchResult search(SearchRequest request) {
        return search(request, defaultEffort(request.k()));
    }

    /**
     * Takes dead rows out: their neighbours are linked to each other instead, and their places are used again.
     *
     * @param live the rows that are not dead; a row that is dead stays so
     * @param cancellation asked regularly; a sweep that is cancelled keeps what it has done
     */
    SweepResult sweep(RowFilter live, Cancellation cancellation);

    /**
     * Gives back what the index keeps for ordinals whose rows have left it. As {@link #sweep}, from one thread, beside inserts and searches.
     *
     * @param ordinal rows below it that are not in the index now will not come into it
     */
    default void forgetBelow(long ordinal) {}

    /**
     * Saves all pages that changed since the last checkpoint into this sink, or all that there are, and then the head. When it returns, and only then,
     * the pages count as saved.
     */
    void checkpoint(CheckpointSink sink);

    /** The last checkpoint is gone: the next one takes all pages. While no insert, no sweep and no checkpoint runs. */
    void forgetCheckpoint();

    /**
     * Checks the structure's own invariants and its codes against the rows.
     *
     * @param live the rows that are not dead
     */
    Verification verify(RowFilter live);

    IndexStatistics statistics();

    /** Which rows a graph has in memory, and why; empty for other kinds, which are always as their options want them. */
    default Optional<GraphRows> layout() {
        return Optional.empty();
    }

    /**
     * How near to their neighbors the rows of a graph lie in what was saved last: the share of links that lead to a row among the same 32 consecutive ones,
     * 0..1. Empty for other kinds.
     */
    default OptionalDouble savedLocality() {
        return OptionalDouble.empty();
    }

    /** Whether the index is smaller in memory than its options want, because that did not fit. What it finds at which effort differs then. */
    default boolean isNarrowed() {
        return layout().filter(GraphRows::isNarrowed).isPresent();
    }

    /**
     * Whether the index is read page by page as it was saved, because it does not fit into memory. Then it does not change: what would change it, or save
     * it, throws an {@link IllegalStateException}.
     */
    default boolean isPaged() {
        return false;
    }

    /** As {@link IndexStatistics#memoryBytes}, but without a look at every row. */
    long memoryBytes();

    /** About how many bytes {@link #narrow} would give back; 0 when the index cannot become smaller. */
    default long sparableBytes() {
        return 0;
    }

    /**
     * Makes the index smaller in memory, so that others have some: a graph with full rows goes over to small ones. Waits for inserts and searches that run;
     * the caller is in none, and no sweep runs.
     *
     * @return false when nothing has changed: it is as small as it can be, or there is no memory to go over in
     */
    default boolean narrow() {
        return false;
    }

    /** Gives memory back that it keeps for threads beside one, as a build leaves it; who needs some takes it again. Others may work on it meanwhile. */
    default void trim() {
        // It keeps none.
    }

    /** Frees the memory; nobody searches or inserts any more. */
    @Override
    void close();

    /** Takes a checkpoint's pages and makes them the current ones, all at once. */
    interface CheckpointSink {

        /** Bytes of a page. */
        int PAGE_BYTES = 64 * 1024;

        /**
         * Whether there is room for so many pages, so that an index may give more of them than it has to.
         *
         * @param pages 0 or more
         */
        default boolean hasRoom(long pages) {
            return true;
        }

        /**
         * Takes a page that has changed.
         *
         * @param space which sequence of pages, 0..7
         * @param page its number in the sequence, ascending within a checkpoint
         * @param contents {@value #PAGE_BYTES} bytes, valid during the call
         */
        void page(int space, long page, MemorySegment contents);

        /**
         * Says how many pages a sequence has. Those from here on, of earlier checkpoints, do not belong to this one.
         *
         * @param space which sequence of pages, 0..7
         * @param pages 0 or more, all given now or earlier
         */
        void end(int space, long pages);

        /**
         * Ends the checkpoint: the pages given now, and those of earlier checkpoints that were not given again, belong to this head.
         * Atomic and durable when it returns.
         *
         * @param head what is not in pages; at most 16 MiB
         */
        void finish(byte[] head);
    }

    /** Gives back what a sink took, newest state of each page. Safe for use by any number of threads. */
    interface CheckpointSource {

        byte[] head();

        /**
         * Reads pages, each {@value CheckpointSink#PAGE_BYTES} bytes.
         *
         * @param firstPage first page of a run that fills the target
         * @throws io.vexel.base.CorruptionException when a page is missing or damaged
         */
        void pages(int space, long firstPage, MemorySegment target);
    }

    /**
     * What a sweep did.
     *
     * @param removed dead rows that were taken out
     * @param relinked rows whose links were repaired
     */
    record SweepResult(long removed, long relinked) {}
}
