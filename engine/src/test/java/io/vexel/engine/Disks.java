package io.vexel.engine;

import io.vexel.collection.VectorData;
import io.vexel.filesystem.FormatOptions;
import io.vexel.filesystem.Mkfs;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.DiskImage;
import io.vexel.testkit.SimulatedClock;
import io.vexel.testkit.SimulatedDevice;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;

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

    /** Indexes change only while somebody waits for them. */
    static VolumeOptions withoutIndexThreads(MemoryBudget budget) {
        return VolumeOptions.builder()
                .budget(budget)
                .time(new SimulatedClock())
                .indexThreads(0)
                .build();
    }

    /**
     * The limit of a budget that leaves the graph of the collection {@code c} this much. What else the volume holds when it is used so is found out by
     * doing it once; the cache of the file system gives way.
     */
    static long limitLeaving(SimulatedDevice device, long bytes, Consumer<Collection> use) {
        MemoryBudget budget = MemoryBudget.unlimited();
        try (Volume volume = Volume.open(device, withoutIndexThreads(budget))) {
            use.accept(volume.collection("c"));
            Map<String, Long> used = budget.usedByOwner();
            long gives = used.getOrDefault("graph", 0L) + used.getOrDefault("filesystem cache", 0L);
            return budget.usedBytes() - gives + bytes;
        }
    }

    /** Components of a vector that lies in one of 37 clusters, the same for the same number. */
    static VectorData clustered(int dimension, int number) {
        Random random = new Random(number);
        Random center = new Random(number % 37);
        float[] components = new float[dimension];
        for (int i = 0; i < components.length; i++) {
            components[i] = (float) (2 * center.nextGaussian() + random.nextGaussian());
        }
        return VectorData.of(components);
    }
}
