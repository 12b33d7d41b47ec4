package io.vexel.filesystem;

/**
 * Facts of one inode.
 *
 * @param inode inode number
 * @param generation counts how often the inode number was reused
 * @param size bytes; for a directory its number of entries
 * @param blocks file system blocks held, with those of its extent tree
 * @param links directory entries that name it
 * @param modifiedMillis milliseconds since the epoch
 */
public record FileStat(
        long inode, long generation, FileKind kind, long size, long blocks, int links, long modifiedMillis) {}
