package io.vexel.engine;

import io.vexel.collection.IndexStatus;
import io.vexel.collection.PayloadIndexStatistics;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Counted facts of a collection. What is "since open" counts from the first use of the collection after the volume was opened;
 * the rest describes what is stored.
 *
 * @param points points that a search sees now
 * @param rows rows ever stored, with those that were replaced or deleted, or stored again by a compaction
 * @param deadRows rows that were replaced or deleted and stand among others that were not given up with them
 * @param deadBytes bytes of the volume's blocks that hold vectors and payloads of replaced or deleted points, as far as a compaction has not given them back
 * @param compactionProblem why the last compaction in the background ended early; empty when it did not
 * @param vectorBytes bytes of the blocks that hold vectors, dead ones among them
 * @param idBytes bytes of the id log
 * @param payloadBytes bytes of the blocks that hold payloads, with those of replaced and deleted points
 * @param allocatedBytes bytes of the volume's blocks that the collection's files hold, those of its index not counted
 * @param overheadBytes {@code allocatedBytes - vectorBytes - payloadBytes}: what is kept beside the user's data, without the file
 *     system's own tables
 * @param residentVectorBytes bytes of memory that hold vectors now
 * @param payloadIndexes how the payload indexes stand
 * @param searches searches since open that gave an answer; each query of a batch counts
 * @param vectorsProcessed vectors compared or stored since open
 * @param batchesTotal writes since open
 * @param batchesSuccessful writes acknowledged since open
 * @param batchesFailed writes refused or failed since open
 * @param minWriteNanos shortest time from call to acknowledgement since open; empty when nothing was written
 * @param maxWriteNanos longest time from call to acknowledgement since open; empty when nothing was written
 * @param index how it stands with the index
 */
public record CollectionStatistics(
        long points,
        long rows,
        long deadRows,
        long deadBytes,
        Optional<String> compactionProblem,
        long vectorBytes,
        long idBytes,
        long payloadBytes,
        long allocatedBytes,
        long overheadBytes,
        long residentVectorBytes,
        PayloadIndexStatistics payloadIndexes,
        long searches,
        long vectorsProcessed,
        long batchesTotal,
        long batchesSuccessful,
        long batchesFailed,
        OptionalLong minWriteNanos,
        OptionalLong maxWriteNanos,
        IndexStatus index) {}
