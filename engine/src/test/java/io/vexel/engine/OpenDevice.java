package io.vexel.engine;

import io.vexel.device.ForwardingDevice;
import io.vexel.testkit.DiskImage;
import io.vexel.testkit.FaultRule;
import io.vexel.testkit.SimulatedDevice;
import java.lang.foreign.MemorySegment;

/** A simulated device that volumes open and close one after another, so that its faults go on being counted, and the counts of what it did. */
final class OpenDevice extends ForwardingDevice {

    private final SimulatedDevice simulated;
    private boolean open;
    private long reads;
    private long writes;
    private long flushes;

    OpenDevice(DiskImage image) {
        this(new SimulatedDevice(image, 3).withoutLog().withReadsTogether());
    }

    private OpenDevice(SimulatedDevice simulated) {
        super(simulated);
        this.simulated = simulated;
    }

    /** The device for the next volume. */
    OpenDevice opened() {
        open = true;
        return this;
    }

    boolean isOpen() {
        return open;
    }

    void inject(FaultRule rule) {
        simulated.inject(rule);
    }

    void heal() {
        simulated.healAll();
    }

    DiskImage image() {
        return simulated.image();
    }

    long reads() {
        return reads;
    }

    long writes() {
        return writes;
    }

    long flushes() {
        return flushes;
    }

    @Override
    public void read(long offset, MemorySegment target) {
        reads++;
        device.read(offset, target);
    }

    @Override
    public void readMany(long[] offsets, MemorySegment[] targets, int count) {
        reads += count;
        device.readMany(offsets, targets, count);
    }

    @Override
    public boolean overlapsReads() {
        return device.overlapsReads();
    }

    @Override
    public void write(long offset, MemorySegment source) {
        writes++;
        device.write(offset, source);
    }

    @Override
    public void flush() {
        flushes++;
        device.flush();
    }

    @Override
    public void close() {
        open = false;
    }
}
