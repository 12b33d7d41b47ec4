package io.vexel.cli;

import io.vexel.device.BlockDevice;
import io.vexel.device.FileDevice;
import io.vexel.device.FileDeviceOptions;
import io.vexel.filesystem.FileSystem;
import io.vexel.filesystem.Fsck;
import io.vexel.filesystem.FsckOptions;
import io.vexel.filesystem.FsckProgress;
import io.vexel.filesystem.FsckReport;
import java.nio.file.Path;

/** The check of a volume that nobody writes. */
final class VolumeCheck {

    private static final FileDeviceOptions OPTIONS =
            FileDeviceOptions.readOnly().withHolder(FileSystem::describeOwner);

    private VolumeCheck() {}

    static FsckReport run(Path volume, FsckProgress progress) {
        try (BlockDevice device = FileDevice.open(volume, OPTIONS)) {
            return Fsck.check(device, FsckOptions.defaults().withProgress(progress));
        }
    }
}
