package io.vexel.testkit;

import io.vexel.device.BlockDevice;
import io.vexel.device.DeviceAccess;

class SimulatedDeviceConformanceTest extends BlockDeviceConformance {

    private SimulatedDevice device;

    @Override
    protected BlockDevice create(long bytes) {
        device = SimulatedDevice.zeros(bytes, 1);
        return device;
    }

    @Override
    protected BlockDevice reopenReadOnly() {
        return new SimulatedDevice(device.image(), 1, DeviceAccess.READ_ONLY, new SimulatedClock());
    }
}
