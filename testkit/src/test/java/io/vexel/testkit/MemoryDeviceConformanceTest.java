package io.vexel.testkit;

import io.vexel.device.BlockDevice;
import io.vexel.device.MemoryDevice;
import io.vexel.memory.MemoryBudget;

class MemoryDeviceConformanceTest extends BlockDeviceConformance {

    @Override
    protected BlockDevice create(long bytes) {
        return MemoryDevice.create(bytes, MemoryBudget.unlimited());
    }

    @Override
    protected BlockDevice reopenReadOnly() {
        return null;
    }
}
