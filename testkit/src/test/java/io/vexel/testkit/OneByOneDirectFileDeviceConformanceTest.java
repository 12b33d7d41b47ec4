package io.vexel.testkit;

import io.vexel.base.DeviceException;
import io.vexel.device.BlockDevice;
import io.vexel.device.DirectIo;
import io.vexel.device.FileDevice;
import io.vexel.device.FileDeviceOptions;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;

/** Past the page cache, without rings of the kernel: reads of several targets are made one by one. */
class OneByOneDirectFileDeviceConformanceTest extends BlockDeviceConformance {

    @TempDir
    Path directory;

    @Override
    protected BlockDevice create(long bytes) {
        FileDeviceOptions options =
                FileDeviceOptions.readWrite().withDirectIo(DirectIo.REQUIRED).withOverlapReads(false);
        try {
            return FileDevice.create(directory.resolve("image"), bytes, options);
        } catch (DeviceException e) {
            return Assumptions.abort("no direct I/O here: " + e.getMessage());
        }
    }

    @Override
    protected BlockDevice reopenReadOnly() {
        return FileDevice.open(
                directory.resolve("image"),
                FileDeviceOptions.readOnly().withDirectIo(DirectIo.REQUIRED).withOverlapReads(false));
    }
}
