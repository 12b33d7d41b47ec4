package io.vexel.filesystem;

/** Hears how far a backup is. */
@FunctionalInterface
public interface BackupProgress {

    /** Ignores everything. */
    BackupProgress NONE = (_, _, _) -> {};

    /**
     * Called between steps by the thread that makes the backup, which holds no lock but that of backups; it may use the volume, but not close it.
     *
     * @param phase what is done, in words; {@link BackupOptions#COPYING} first
     * @param done units of the phase that are behind: bytes while blocks are copied
     * @param total units of the phase, at least {@code done}; of bytes to be copied an estimate from above
     * @throws java.util.concurrent.CancellationException to end the backup, of which nothing is left then
     */
    void at(String phase, long done, long total);
}
