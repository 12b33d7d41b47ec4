package io.vexel.testkit;

import io.vexel.device.BlockDevice;
import io.vexel.device.FileDevice;
import io.vexel.device.FileDeviceOptions;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** A file without rings of the kernel: reads of several targets are made one by one. */
class OneByOneFileDeviceConformanceTest extends BlockDeviceConformance {

    @TempDir
    Path directory;

    @Override
    protected BlockDevice create(long bytes) {
        return FileDevice.create(
                directory.resolve("image"), bytes, FileDeviceOptions.readWrite().withOverlapReads(false));
    }

    @Override
    protected BlockDevice reopenReadOnly() {
        return FileDevice.open(
                directory.resolve("image"), FileDeviceOptions.readOnly().withOverlapReads(false));
    }
}
