package io.vexel.filesystem;

import io.vexel.device.BlockDevice;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** A mounted VexFS volume. */
public final class FileSystem implements AutoCloseable {

    /** Inode number of the root directory. */
    public static final long ROOT = 1;

    private FileSystem() {}

    /**
     * Mounts: finds the newest valid superblock, replays the journal. Takes ownership of the device on success.
     *
     * @throws io.vexel.base.FormatVersionException when this is no VexFS volume or uses unknown incompatible features
     */
    public static FileSystem open(BlockDevice device, MountOptions options) {
        throw new UnsupportedOperationException(device.name() + options);
    }

    /**
     * Runs the body under the writer lock and joins its changes to the running commit. When the body throws, its changes are
     * undone and the exception goes on. Returns without waiting for durability.
     *
     * @return a commit number for {@link #awaitDurable}; later calls return equal or larger numbers
     */
    public long apply(Consumer<Transaction> body) {
        throw new UnsupportedOperationException(body.toString());
    }

    /**
     * Returns when everything up to the commit number is durable. Callers that wait together share one flush.
     *
     * @throws io.vexel.base.DeviceException when the commit failed; the file system is poisoned then: read-only until reopened
     */
    public void awaitDurable(long commit) {
        throw new UnsupportedOperationException(Long.toString(commit));
    }

    /** {@link #apply} and {@link #awaitDurable}. */
    public void update(Consumer<Transaction> body) {
        awaitDurable(apply(body));
    }

    /** The inode that the name has in the directory. */
    public Optional<DirectoryEntry> lookup(long directory, String name) {
        throw new UnsupportedOperationException(directory + name);
    }

    /** Entries in an order that is stable while the directory does not change; {@code after} is the last name of the page before. */
    public List<DirectoryEntry> list(long directory, Optional<String> after, int limit) {
        throw new UnsupportedOperationException(directory + after.toString() + limit);
    }

    public FileStat stat(long inode) {
        throw new UnsupportedOperationException(Long.toString(inode));
    }

    /**
     * Reads up to {@code target.byteSize()} bytes, checks every block's checksum, and returns how many there were before the
     * end of the file.
     *
     * @throws io.vexel.base.CorruptionException when a checksum does not match
     */
    public long read(long inode, long offset, MemorySegment target) {
        throw new UnsupportedOperationException(inode + " " + offset + target);
    }

    /** What the superblock and the counters say. */
    public VolumeInfo info() {
        throw new UnsupportedOperationException();
    }

    /** Commits what is pending, writes it to its place, marks the volume clean, closes the device. */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
