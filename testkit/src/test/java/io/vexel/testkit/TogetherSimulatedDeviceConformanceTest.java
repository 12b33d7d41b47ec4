package io.vexel.testkit;

import io.vexel.device.BlockDevice;
import io.vexel.device.DeviceAccess;

/** A simulated device that makes several reads at once. */
class TogetherSimulatedDeviceConformanceTest extends BlockDeviceConformance {

    private SimulatedDevice device;

    @Override
    protected BlockDevice create(long bytes) {
        device = SimulatedDevice.zeros(bytes, 2).withReadsTogether();
        return device;
    }

    @Override
    protected BlockDevice reopenReadOnly() {
        return new SimulatedDevice(device.image(), 2, DeviceAccess.READ_ONLY, new SimulatedClock()).withReadsTogether();
    }
}
