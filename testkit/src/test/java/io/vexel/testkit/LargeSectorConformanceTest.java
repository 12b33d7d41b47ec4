package io.vexel.testkit;

import io.vexel.device.BlockDevice;
import io.vexel.device.MemoryDevice;
import io.vexel.memory.MemoryBudget;

class LargeSectorConformanceTest extends BlockDeviceConformance {

    @Override
    protected BlockDevice create(long bytes) {
        return MemoryDevice.create(bytes, 4096, MemoryBudget.unlimited());
    }

    @Override
    protected BlockDevice reopenReadOnly() {
        return null;
    }
}
