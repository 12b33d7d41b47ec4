package io.vexel.device;

import java.nio.file.Path;

/** A process of its own that opens a device, says so, and holds it until it is killed. */
final class VolumeHolder {

    private VolumeHolder() {}

    public static void main(String[] arguments) throws Exception {
        try (FileDevice device = FileDevice.open(Path.of(arguments[0]), FileDeviceOptions.readWrite())) {
            System.out.println("Locked " + device.name());
            System.out.flush();
            Thread.currentThread().join();
        }
    }
}
