package io.vexel.testkit;

/** What a device may do wrong. The silent ones return as if all were well. */
public enum Fault {
    /** A read throws. */
    READ_ERROR,
    /** A write throws, and nothing was written. */
    WRITE_ERROR,
    /** A flush throws; of the writes before it some are on the medium, some never will be. */
    FLUSH_ERROR,
    /** Silent: a write goes nowhere. */
    LOST_WRITE,
    /** Silent: a write goes to another place. */
    MISDIRECTED_WRITE,
    /** Silent: only the first part of a write, in units of 512 bytes, reaches the medium. */
    TORN_WRITE,
    /** A write throws, and its range holds garbage. */
    GARBAGE_IN_FLIGHT,
    /** Silent: one bit of what is read is wrong, always the same one. */
    BIT_FLIP,
    /** A write throws because the medium has no room left. */
    DEVICE_FULL,
    /** The operation succeeds and takes long, by the simulated clock. */
    SLOW;

    boolean onRead() {
        return this == READ_ERROR || this == BIT_FLIP || this == SLOW;
    }

    boolean onWrite() {
        return switch (this) {
            case WRITE_ERROR, LOST_WRITE, MISDIRECTED_WRITE, TORN_WRITE, GARBAGE_IN_FLIGHT, DEVICE_FULL, SLOW -> true;
            case READ_ERROR, FLUSH_ERROR, BIT_FLIP -> false;
        };
    }

    boolean onFlush() {
        return this == FLUSH_ERROR || this == SLOW;
    }
}
