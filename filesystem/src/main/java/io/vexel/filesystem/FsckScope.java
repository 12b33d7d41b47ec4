package io.vexel.filesystem;

/** How much a check reads. */
public enum FsckScope {
    /** Everything but the contents of files. */
    METADATA,
    /** Every block that was ever written. */
    EVERYTHING
}
