package io.vexel.filesystem;

import java.util.List;

/**
 * What a check found.
 *
 * @param findings the first ones, in the order in which they were met
 * @param notes number of all notes
 * @param errors number of all errors, fatal ones included
 * @param complete false when the check could not go on
 * @param files inodes in use that are no directories
 * @param directories directories, the root included
 * @param usedBlocks blocks that metadata, files and trees hold
 * @param totalBlocks blocks of the volume, 0 when no superblock was found
 */
public record FsckReport(
        List<FsckFinding> findings,
        long notes,
        long errors,
        boolean complete,
        long files,
        long directories,
        long usedBlocks,
        long totalBlocks) {

    /** Exit code of fsck(8): nothing wrong. */
    public static final int EXIT_CLEAN = 0;

    /** Exit code of fsck(8): errors were corrected and none are left. */
    public static final int EXIT_CORRECTED = 1;

    /** Exit code of fsck(8): errors were left uncorrected. */
    public static final int EXIT_ERRORS = 4;

    /** Exit code of fsck(8): the check could not be made. */
    public static final int EXIT_OPERATIONAL = 8;

    /** Exit code of fsck(8): wrong command line. */
    public static final int EXIT_USAGE = 16;

    /** Exit code of fsck(8): the user stopped the check. */
    public static final int EXIT_CANCELLED = 32;

    /** True when nothing is wrong; notes do not count. */
    public boolean clean() {
        return errors == 0;
    }

    /** {@link #EXIT_CLEAN}, {@link #EXIT_ERRORS} or {@link #EXIT_OPERATIONAL}. */
    public int exitCode() {
        if (!complete) {
            return EXIT_OPERATIONAL;
        }
        return clean() ? EXIT_CLEAN : EXIT_ERRORS;
    }
}
