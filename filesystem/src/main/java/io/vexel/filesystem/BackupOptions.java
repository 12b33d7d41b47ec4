package io.vexel.filesystem;

/**
 * How to make a backup.
 *
 * @param verify whether the copy is read once more, and checked as {@link Fsck} does, before it counts as made
 * @param progress hears how far it is, and may end it
 */
public record BackupOptions(boolean verify, BackupProgress progress) {

    /** The phase in which blocks are copied; its units are bytes. */
    public static final String COPYING = "copying";

    /** Not read once more, silent. */
    public static BackupOptions defaults() {
        return new BackupOptions(false, BackupProgress.NONE);
    }

    /** The copy is read once more and checked. */
    public BackupOptions withVerification() {
        return new BackupOptions(true, progress);
    }

    public BackupOptions withProgress(BackupProgress value) {
        return new BackupOptions(verify, value);
    }
}
