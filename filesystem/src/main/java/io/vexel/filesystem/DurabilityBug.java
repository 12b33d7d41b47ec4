package io.vexel.filesystem;

import org.jspecify.annotations.Nullable;

/**
 * Faults that tests plant, one at a time, to prove that the crash oracle sees them. Each is asked for at the one place where the
 * guarantee it breaks is made. Nothing but tests sets {@link #planted}.
 */
enum DurabilityBug {
    /** The record is written but never flushed. */
    COMMIT_WITHOUT_FLUSH,
    /** Waiters are released before the record is flushed; that is done before the next record is written. */
    ACKNOWLEDGE_BEFORE_FLUSH,
    /** File contents written in place are not flushed before the record. */
    ORDERED_DATA_NOT_FLUSHED,
    /** File contents that were written ahead of the body are not flushed before the record. */
    AHEAD_DATA_NOT_FLUSHED,
    /** Contents written ahead pass for those of another write to the same blocks. */
    AHEAD_OF_ANOTHER_WRITE,
    /** Replay takes any sequence. */
    NO_SEQUENCE_CHECK,
    /** Replay does not check the record's checksum. */
    NO_RECORD_CHECKSUM,
    /** The tail moves before the blocks it passes are flushed. */
    CHECKPOINT_WITHOUT_FLUSH,
    /** Journal space is used again before the header slot was flushed. */
    HEADER_NOT_FLUSHED,
    /** A freed block is given out before the freeing commit is durable. */
    REUSE_FREED_BLOCK_AT_ONCE,
    /** Freed blocks are not revoked. */
    NO_REVOKE,
    /** One changed block is left out of the record. */
    SKIP_LAST_BLOCK_OF_RECORD,
    /** Replay leaves out the newest record. */
    REPLAY_STOPS_ONE_EARLY,
    /** Only one header slot is used, so that tearing it loses both. */
    HEADER_IN_PLACE,
    /** A changed block goes out as a DELTA though the live journal has no IMAGE of it. */
    DELTA_WITHOUT_IMAGE,
    /** A checkpoint forgets one block. */
    CHECKPOINT_SKIPS_A_BLOCK,
    /** What a killed writer left unflushed is written home before it is flushed. */
    RECOVERY_WITHOUT_FLUSH,
    /** What a crash left of a record stays where the next one is written, which may complete it. */
    TORN_RECORD_LEFT;

    static volatile @Nullable DurabilityBug planted;

    boolean isPlanted() {
        return planted == this;
    }
}
