package io.vexel.device;

/** What a device may be used for. */
public enum DeviceAccess {
    /** Writes and discards are refused; others may read at the same time. */
    READ_ONLY,
    /** Reads and writes; nobody else has the device open. */
    READ_WRITE
}
