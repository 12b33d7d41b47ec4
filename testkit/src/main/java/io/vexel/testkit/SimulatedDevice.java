package io.vexel.testkit;

import io.vexel.base.DeviceException;
import io.vexel.base.DeviceException.Operation;
import io.vexel.device.DeviceAccess;
import io.vexel.device.SectorDevice;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A device in memory with sectors of 512 bytes that records every write and flush, and fails as it is told to. What it reads
 * is what was written, flushed or not; what would be left after a crash is asked of its {@link #history}.
 *
 * <p>Operations are serialised, so that the log is the order in which they happened.
 */
public final class SimulatedDevice extends SectorDevice {

    /** The unit that a crash never tears. */
    public static final int ATOMIC_BYTES = 512;

    private static final long SLOW_NANOS = 1_000_000_000L;

    private final DiskImage initial;
    private final DiskImage current;
    private final SimulatedClock clock;
    private final SplittableRandom random;
    private final List<DeviceOperation> log = new ArrayList<>();
    private final List<ActiveRule> rules = new ArrayList<>();
    private boolean recording = true;
    private boolean together;

    private static final class ActiveRule {
        private final FaultRule rule;
        private long seen;

        private ActiveRule(FaultRule rule) {
            this.rule = rule;
        }

        private boolean strikes() {
            long index = seen++;
            return index >= rule.skip() && index - rule.skip() < rule.strikes();
        }
    }

    /** A device over an image, which is copied; the seed decides where faults are free to choose. */
    public SimulatedDevice(DiskImage image, long seed) {
        this(image, seed, DeviceAccess.READ_WRITE, new SimulatedClock());
    }

    /** As the other constructor, with a clock for {@link Fault#SLOW}. */
    public SimulatedDevice(DiskImage image, long seed, DeviceAccess access, SimulatedClock clock) {
        super("simulated", image.size(), ATOMIC_BYTES, access);
        this.initial = image.copy();
        this.current = image.copy();
        this.clock = clock;
        this.random = new SplittableRandom(seed);
    }

    /** A writable device of zeros. */
    public static SimulatedDevice zeros(long size, long seed) {
        return new SimulatedDevice(DiskImage.zeros(size), seed);
    }

    /** Adds a rule; rules are asked in the order in which they were added and the first one that strikes decides. */
    public synchronized void inject(FaultRule rule) {
        rules.add(new ActiveRule(rule));
    }

    /** Forgets all rules. */
    public synchronized void healAll() {
        rules.clear();
    }

    /** Keeps no log from now on; for states that nobody will crash again. */
    public synchronized SimulatedDevice withoutLog() {
        recording = false;
        return this;
    }

    /**
     * From now on it makes several reads as a device that has them under way at once: all end whatever becomes of the others, and what is in the target of one that
     * failed is garbage.
     */
    public synchronized SimulatedDevice withReadsTogether() {
        together = true;
        return this;
    }

    @Override
    public synchronized boolean overlapsReads() {
        return together;
    }

    /** How many operations the log has: a point that {@link History#crash} understands. */
    public synchronized int logPosition() {
        return log.size();
    }

    /** What happened up to now. */
    public synchronized History history() {
        return new History(initial, Collections.unmodifiableList(new ArrayList<>(log)));
    }

    /** A copy of what the device reads as now. Works after {@link #close} too. */
    public synchronized DiskImage image() {
        return current.detach();
    }

    @Override
    protected synchronized void readSectors(long offset, MemorySegment target) {
        FaultRule rule = strike(Operation.READ, offset, target.byteSize());
        if (rule != null && rule.fault() == Fault.READ_ERROR) {
            throw failed(Operation.READ, offset, target.byteSize(), "injected read error");
        }
        current.read(offset, target);
        if (rule != null && rule.fault() == Fault.BIT_FLIP) {
            long at = Math.max(offset, rule.offset()) - offset;
            byte flipped = (byte) (target.get(ValueLayout.JAVA_BYTE, at) ^ 0x10);
            target.set(ValueLayout.JAVA_BYTE, at, flipped);
        }
    }

    @Override
    protected synchronized void readManySectors(long[] offsets, MemorySegment[] targets, int count) {
        if (!together) {
            super.readManySectors(offsets, targets, count);
            return;
        }
        DeviceException first = null;
        for (int i = 0; i < count; i++) {
            try {
                readSectors(offsets[i], targets[i]);
            } catch (DeviceException e) {
                targets[i].fill((byte) random.nextInt());
                first = first == null ? e : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }

    @Override
    protected synchronized void writeSectors(long offset, MemorySegment source) {
        byte[] data = source.toArray(ValueLayout.JAVA_BYTE);
        FaultRule rule = strike(Operation.WRITE, offset, data.length);
        if (rule == null) {
            accept(offset, data);
            return;
        }
        switch (rule.fault()) {
            case WRITE_ERROR -> throw failed(Operation.WRITE, offset, data.length, "injected write error");
            case DEVICE_FULL -> throw failed(Operation.WRITE, offset, data.length, "no space left on device");
            case GARBAGE_IN_FLIGHT -> {
                byte[] garbage = new byte[data.length];
                random.nextBytes(garbage);
                accept(offset, garbage);
                throw failed(Operation.WRITE, offset, data.length, "injected write error in flight");
            }
            case LOST_WRITE -> {}
            case MISDIRECTED_WRITE -> accept(elsewhere(offset, data.length), data);
            case TORN_WRITE -> accept(offset, Arrays.copyOf(data, tornLength(data.length)));
            default -> accept(offset, data);
        }
    }

    @Override
    protected synchronized void flushDevice() {
        FaultRule rule = strike(Operation.FLUSH, 0, Long.MAX_VALUE);
        boolean fails = rule != null && rule.fault() == Fault.FLUSH_ERROR;
        if (recording) {
            log.add(fails ? new DeviceOperation.FailedFlush(random.nextLong()) : new DeviceOperation.Flush());
        }
        if (fails) {
            throw failed(Operation.FLUSH, 0, 0, "injected flush error");
        }
    }

    @Override
    protected void discardSectors(long offset, long length) {
        // A device may ignore a discard, and one that does is the hardest for callers: old bytes stay readable.
    }

    @Override
    protected void closeDevice() {
        // The log and the image outlive the device: a crash is looked at after it.
    }

    private void accept(long offset, byte[] data) {
        current.write(offset, data, 0, data.length);
        if (recording && data.length > 0) {
            log.add(new DeviceOperation.Write(offset, data));
        }
    }

    private long elsewhere(long offset, int length) {
        long places = (size() - length) / ATOMIC_BYTES + 1;
        long place = random.nextLong(places) * ATOMIC_BYTES;
        return place != offset ? place : (place + ATOMIC_BYTES) % (places * ATOMIC_BYTES);
    }

    private int tornLength(int length) {
        int sectors = length / ATOMIC_BYTES;
        return sectors <= 1 ? 0 : random.nextInt(1, sectors) * ATOMIC_BYTES;
    }

    private FaultRule strike(Operation operation, long offset, long length) {
        for (ActiveRule active : rules) {
            Fault fault = active.rule.fault();
            boolean matches = switch (operation) {
                case READ -> fault.onRead();
                case WRITE -> fault.onWrite();
                default -> fault.onFlush();
            };
            if (matches && active.rule.touches(offset, length) && active.strikes()) {
                if (fault == Fault.SLOW) {
                    clock.advance(SLOW_NANOS);
                }
                return active.rule;
            }
        }
        return null;
    }

    private static DeviceException failed(Operation operation, long offset, long length, String message) {
        return new DeviceException(operation, offset, length, message + " at offset=" + offset + " length=" + length);
    }
}
