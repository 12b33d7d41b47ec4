package io.vexel.filesystem;

import io.vexel.device.BlockDevice;
import io.vexel.testkit.BlockDeviceConformance;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** A swap file keeps the contract of devices, also where it lies in many pieces. */
final class SwapFileConformanceTest extends BlockDeviceConformance {

    private @Nullable FileSystem volume;

    @Override
    protected BlockDevice create(long bytes) {
        FileSystem files = FragmentedVolume.open();
        volume = files;
        BlockDevice device = files.createSwapFile(bytes);
        // What its blocks held before is in them still.
        device.write(0, MemorySegment.ofArray(new byte[(int) bytes]));
        return device;
    }

    @Override
    protected @Nullable BlockDevice reopenReadOnly() {
        return null;
    }

    @Override
    protected void release() {
        FileSystem files = volume;
        if (files != null) {
            files.close();
        }
    }
}
