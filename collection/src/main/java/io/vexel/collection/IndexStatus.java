package io.vexel.collection;

import io.vexel.index.Calibration;
import io.vexel.index.GraphRows;
import io.vexel.index.IndexKind;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How it stands with the index of a collection.
 *
 * @param kind what the collection is to have; flat: none, every row is compared
 * @param options of the kind, by name
 * @param phase whether there is an index to search in
 * @param rows rows in the index, dead ones that were not taken out yet among them
 * @param tailRows rows that are not in the index and are compared one by one
 * @param memoryBytes bytes of memory the index holds beside the vectors
 * @param freePlaces places of rows that were taken out, waiting for new ones
 * @param links links between rows, all together; 0 where there are none
 * @param layout which rows a graph has in memory, and why; empty for other kinds, and where there is no index
 * @param checkpoint the last checkpoint; empty when there is none
 * @param calibration what it knows of its recall; empty when nothing, or nothing that is still true
 * @param shortage the memory that work on the index waits for; empty when it waits for none, or tries again right now
 * @param problem what keeps the index from being used, built or saved until somebody mends it, or the part of a paged one that a search could not read
 *     since the last check that could, in plain words; empty when nothing does
 */
public record IndexStatus(
        IndexKind kind,
        Map<String, String> options,
        Phase phase,
        long rows,
        long tailRows,
        long memoryBytes,
        long freePlaces,
        long links,
        Optional<GraphRows> layout,
        Optional<Checkpoint> checkpoint,
        Optional<Calibration> calibration,
        Optional<Shortage> shortage,
        Optional<String> problem) {

    /** Whether there is an index to search in. */
    public enum Phase {
        /** None is wanted, or the collection has too few points for one. */
        NONE,
        /** It was not needed yet; the first search loads it. */
        UNLOADED,
        /**
         * Searches use it where it was saved, while it is being brought into memory, or until there is memory for it again, which it left to writes; those that
         * come upon damage, and all after them, compare every row. How it will lie there is not known yet.
         */
        LOADING,
        /** Searches use it. */
        ACTIVE,
        /** There is no memory to load it, or to make it, or it left its memory to writes. Searches compare every row until there is; then it is loaded, or made. */
        WAITING,
        /** It cannot be used until it is made anew; searches compare every row. */
        UNUSABLE
    }

    /**
     * Memory that work on the index was refused. It goes on when there is more.
     *
     * @param requestedBytes what was asked for last, above 0
     * @param freeBytes what was free of the memory budget after the refusal
     * @param text that, in plain words, with the name of the collection
     */
    public record Shortage(long requestedBytes, long freeBytes, String text) {}

    /**
     * What of the index would be there after a crash.
     *
     * @param generation counts the checkpoints of this index, from 1
     * @param watermark rows below are in it, rows from here on would be in the tail
     * @param fileBytes bytes of the volume's blocks that hold it
     * @param changedRows rows that were inserted and taken out since
     * @param locality of a graph: the share of its links, 0..1, that lead to a row which is saved near by, among the same 32; empty for other kinds, and
     *     where there is no index to search in
     */
    public record Checkpoint(
            long generation, long watermark, long fileBytes, long changedRows, OptionalDouble locality) {}

    public IndexStatus {
        options = Map.copyOf(options);
    }

    /** Bytes of memory a row of the index, beside its vector; 0 without rows. */
    public double bytesPerVector() {
        return rows == 0 ? 0 : (double) memoryBytes / rows;
    }
}
