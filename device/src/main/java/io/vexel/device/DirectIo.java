package io.vexel.device;

/** Whether a file is read and written past the page cache of the system. */
public enum DirectIo {
    /** Through the page cache. */
    OFF,
    /** Past it when the file system and the device allow it, else through it. */
    WHERE_POSSIBLE,
    /** Past it, or opening fails. */
    REQUIRED
}
