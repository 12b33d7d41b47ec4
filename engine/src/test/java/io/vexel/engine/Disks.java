package io.vexel.engine;

import io.vexel.filesystem.FormatOptions;
import io.vexel.filesystem.Mkfs;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.DiskImage;
import io.vexel.testkit.SimulatedClock;
import io.vexel.testkit.SimulatedDevice;
import java.util.UUID;

/** Simulated disks with a fresh volume, and volumes on them. */
final class Disks {

    static final long SMALL = 17L << 20;

    private Disks() {}

    /** A formatted disk, the same for the same seed. */
    static DiskImage formatted(long bytes, int blockBytes, long seed) {
        SimulatedDevice device = SimulatedDevice.zeros(bytes, seed).withoutLog();
        FormatOptions options =
                FormatOptions.defaults().withBlockSize(blockBytes).withIdentity(new UUID(seed, ~seed), seed);
        Mkfs.format(device, options, new SimulatedClock());
        return device.image();
    }

    static VolumeOptions options() {
        return VolumeOptions.builder()
                .budget(MemoryBudget.unlimited())
                .time(new SimulatedClock())
                .build();
    }
}
