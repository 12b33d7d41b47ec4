package io.vexel.testkit;

import io.vexel.device.BlockDevice;
import io.vexel.device.MemoryDevice;
import io.vexel.device.PreservingDevice;
import io.vexel.memory.MemoryBudget;

class PreservingDeviceConformanceTest extends BlockDeviceConformance {

    @Override
    protected BlockDevice create(long bytes) {
        return new PreservingDevice(MemoryDevice.create(bytes, MemoryBudget.unlimited()));
    }

    @Override
    protected BlockDevice reopenReadOnly() {
        return null;
    }
}
