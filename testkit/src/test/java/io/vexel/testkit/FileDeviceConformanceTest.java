package io.vexel.testkit;

import io.vexel.device.BlockDevice;
import io.vexel.device.FileDevice;
import io.vexel.device.FileDeviceOptions;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class FileDeviceConformanceTest extends BlockDeviceConformance {

    @TempDir
    Path directory;

    @Override
    protected BlockDevice create(long bytes) {
        return FileDevice.create(directory.resolve("image"), bytes, FileDeviceOptions.readWrite());
    }

    @Override
    protected BlockDevice reopenReadOnly() {
        return FileDevice.open(directory.resolve("image"), FileDeviceOptions.readOnly());
    }
}
