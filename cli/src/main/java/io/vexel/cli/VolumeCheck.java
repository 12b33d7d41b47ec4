package io.vexel.cli;

import io.vexel.device.BlockDevice;
import io.vexel.device.FileDevice;
import io.vexel.device.FileDeviceOptions;
import io.vexel.filesystem.FileSystem;
import io.vexel.filesystem.Fsck;
import io.vexel.filesystem.FsckOptions;
import io.vexel.filesystem.FsckProgress;
import io.vexel.filesystem.FsckReport;
import io.vexel.filesystem.JournalCut;
import io.vexel.memory.MemoryBudget;
import java.nio.file.Path;
import java.util.Optional;

/** The check of a volume that nobody writes, and the one repair that needs a decision. */
final class VolumeCheck {

    private static final FileDeviceOptions OPTIONS =
            FileDeviceOptions.readOnly().withHolder(FileSystem::describeOwner);

    private VolumeCheck() {}

    static FsckReport run(Path volume, FsckProgress progress) {
        try (BlockDevice device = FileDevice.open(volume, OPTIONS)) {
            return Fsck.check(device, FsckOptions.defaults().withProgress(progress));
        }
    }

    /** Gives up the commits behind a damaged journal record; says which, or is empty when there are none. */
    static Optional<String> cutJournal(Path volume) {
        FileDeviceOptions writable = FileDeviceOptions.readWrite().withHolder(FileSystem::describeOwner);
        try (BlockDevice device = FileDevice.open(volume, writable)) {
            return JournalCut.make(device, MemoryBudget.unlimited()).map(JournalCut.Loss::describe);
        }
    }
}
