package io.vexel.filesystem;

import io.vexel.base.DeviceException;
import io.vexel.device.BlockDevice;

/**
 * Checks a volume and changes nothing: an independent reader of FORMAT.md that walks everything reachable and counts everything
 * counted. A journal that was not replayed is replayed into memory first, so that the check is of what the volume means.
 */
public final class Fsck {

    private final BlockDevice device;
    private final FsckOptions options;
    private final FsckFindings findings;
    private final FsckUsage usage = new FsckUsage();
    private long files;
    private long directories;
    private long usedBlocks;
    private long totalBlocks;

    private Fsck(BlockDevice device, FsckOptions options) {
        this.device = device;
        this.options = options;
        this.findings = new FsckFindings(options.maxFindings());
    }

    /**
     * Checks the volume on a device that nobody writes.
     *
     * @throws io.vexel.base.CapacityException when the memory budget does not allow the read buffer
     * @throws io.vexel.base.ClosedException when the device was closed
     */
    public static FsckReport check(BlockDevice device, FsckOptions options) {
        return new Fsck(device, options).run();
    }

    private FsckReport run() {
        boolean complete = false;
        try {
            walk();
            complete = true;
        } catch (FsckFindings.Stop e) {
            // The reason is among the findings.
        } catch (DeviceException e) {
            findings.fatal(e.getMessage());
        }
        return new FsckReport(
                findings.kept(),
                findings.notes(),
                findings.errors(),
                complete,
                files,
                directories,
                usedBlocks,
                totalBlocks);
    }

    private void walk() {
        options.progress().report("superblocks and journal", 0, 1);
        Geometry geometry = new FsckSuperblocks(device, findings).check();
        totalBlocks = geometry.totalBlocks;
        FsckJournal.Replayed journal = new FsckJournal(device, geometry, findings).replay();
        FsckVolume volume = new FsckVolume(device, geometry, findings, journal);
        FsckState state = new FsckState(volume);
        options.progress().report("superblocks and journal", 1, 1);
        FsckInodes inodes = new FsckInodes(volume, state, usage);
        inodes.check(options.progress());
        files = inodes.files();
        directories = inodes.directories();
        FsckSpace space = new FsckSpace(volume, state, usage);
        space.check(options.progress());
        usedBlocks = space.used();
        try (FsckContents contents = new FsckContents(volume, usage, options.scope(), options.budget())) {
            contents.check(options.progress());
        }
    }
}
