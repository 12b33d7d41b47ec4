package io.vexel.filesystem;

import java.lang.foreign.MemorySegment;

/**
 * Changes that become durable together or not at all. Valid only inside the {@link FileSystem#apply} call that made it and
 * only on that thread.
 *
 * <p>Names are 1..255 UTF-8 bytes without '/' and NUL. Methods throw {@link io.vexel.base.NotFoundException},
 * {@link io.vexel.base.ConflictException} (name exists, directory not empty) and {@link io.vexel.base.CapacityException}
 * (no space, no inodes, transaction larger than the journal); the whole transaction is undone when the body throws.
 */
public interface Transaction {

    /** Makes an empty file; returns its inode number. */
    long createFile(long directory, String name, FileKind kind);

    /** Makes an empty directory; returns its inode number. */
    long createDirectory(long directory, String name);

    /** Removes a name; the file's blocks are freed with its last name. A directory must be empty. */
    void unlink(long directory, String name);

    /** Moves a name, replacing a file that has the new name. */
    void rename(long fromDirectory, String fromName, long toDirectory, String toName);

    /** Another name for a file that is no directory. */
    void link(long inode, long directory, String name);

    /**
     * Writes bytes; grows the file when it ends behind its size (a gap reads as zeros). Few bytes travel through the journal,
     * many are written straight to freshly allocated blocks before the commit.
     */
    void write(long inode, long offset, MemorySegment source);

    /** Sets the size: cuts off, or grows with zeros. */
    void truncate(long inode, long size);

    /** Gives back the blocks that lie wholly within a range of the file, which then read as zeros. The size stays. */
    void discard(long inode, long offset, long length);
}
