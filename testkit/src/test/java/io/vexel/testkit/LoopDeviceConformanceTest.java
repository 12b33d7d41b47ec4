package io.vexel.testkit;

import io.vexel.device.BlockDevice;
import io.vexel.device.DirectIo;
import io.vexel.device.FileDevice;
import io.vexel.device.FileDeviceOptions;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** A real block device through the page cache, with sectors of 512 bytes. */
class LoopDeviceConformanceTest extends BlockDeviceConformance {

    private static final int SECTOR_BYTES = 512;

    @TempDir
    Path directory;

    private LoopDevice loop;

    @Override
    protected BlockDevice create(long bytes) throws Exception {
        Path image = directory.resolve("image");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(bytes);
        }
        loop = LoopDevice.attach(image, SECTOR_BYTES);
        return FileDevice.open(loop.path(), FileDeviceOptions.readWrite().withDirectIo(DirectIo.OFF));
    }

    @Override
    protected BlockDevice reopenReadOnly() {
        return FileDevice.open(loop.path(), FileDeviceOptions.readOnly().withDirectIo(DirectIo.OFF));
    }

    @Override
    protected void release() {
        if (loop != null) {
            loop.close();
        }
    }
}
