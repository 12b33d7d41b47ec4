package io.vexel.filesystem;

/** What an inode is. */
public enum FileKind {
    /** A directory. */
    DIRECTORY,
    /** A file of bytes in the data area. */
    REGULAR,
    /** A file of vectors: contiguous, aligned extents, taken from the vector area first. */
    VECTOR
}
