package io.vexel.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.DeviceException;
import io.vexel.device.DeviceAccess;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SimulatedDeviceTest {

    private static final long SIZE = 64 * 1024;
    private static final int SECTOR = 512;
    private static final Fate LANDED = new Fate.Landed();
    private static final Fate VANISHED = new Fate.Vanished();

    private final SimulatedDevice device = SimulatedDevice.zeros(SIZE, 7);

    private void write(long offset, int length, int value) {
        device.write(offset, filled(length, value));
    }

    private static MemorySegment filled(int length, int value) {
        return MemorySegment.ofArray(new byte[length]).fill((byte) value);
    }

    private byte[] read(long offset, int length) {
        byte[] bytes = new byte[length];
        device.read(offset, MemorySegment.ofArray(bytes));
        return bytes;
    }

    @Test
    void crash_flushedWrites_areAlwaysThere() {
        write(0, SECTOR, 1);
        device.flush();
        write(SECTOR, SECTOR, 2);
        History history = device.history();
        assertThat(history.length()).isEqualTo(3);
        DiskImage nothing = history.crash(3, List.of(VANISHED));
        assertThat(nothing.bytes(0, SECTOR)).containsOnly(1);
        assertThat(nothing.bytes(SECTOR, SECTOR)).containsOnly(0);
        assertThat(history.crash(3, List.of(LANDED)).bytes(SECTOR, SECTOR)).containsOnly(2);
        assertThat(history.crash(0, List.of()).bytes(0, SECTOR)).containsOnly(0);
        assertThat(history.inFlight(1)).hasSize(1);
        assertThat(history.inFlight(2)).isEmpty();
    }

    @Test
    void crash_sameSectorTwice_keepsTheOrderOfWhatLanded() {
        write(0, SECTOR, 1);
        write(0, SECTOR, 2);
        History history = device.history();
        assertThat(history.crash(2, List.of(LANDED, LANDED)).bytes(0, SECTOR)).containsOnly(2);
        assertThat(history.crash(2, List.of(LANDED, VANISHED)).bytes(0, SECTOR)).containsOnly(1);
        assertThat(history.crash(2, List.of(VANISHED, LANDED)).bytes(0, SECTOR)).containsOnly(2);
    }

    @Test
    void crash_tornWrite_leavesWholeSectorsOfOldNewOrGarbage() {
        write(0, 64 * SECTOR, 1);
        device.flush();
        write(0, 64 * SECTOR, 2);
        DiskImage image = device.history().crash(3, List.of(new Fate.Torn(5, 20)));
        int old = 0;
        int fresh = 0;
        int garbage = 0;
        for (int sector = 0; sector < 64; sector++) {
            byte[] bytes = image.bytes((long) sector * SECTOR, SECTOR);
            boolean uniform = true;
            for (byte b : bytes) {
                uniform &= b == bytes[0];
            }
            old += uniform && bytes[0] == 1 ? 1 : 0;
            fresh += uniform && bytes[0] == 2 ? 1 : 0;
            garbage += uniform ? 0 : 1;
        }
        assertThat(old + fresh + garbage).isEqualTo(64);
        assertThat(List.of(old, fresh, garbage)).allMatch(count -> count > 2);
        DiskImage prefix = device.history().crash(3, List.of(new Fate.Prefix(3)));
        assertThat(prefix.bytes(0, 3 * SECTOR)).containsOnly(2);
        assertThat(prefix.bytes(3 * SECTOR, SECTOR)).containsOnly(1);
    }

    @Test
    void crash_states_shareNothingThatIsWritten() {
        write(0, SECTOR, 1);
        device.flush();
        History history = device.history();
        DiskImage one = history.crash(2, List.of());
        one.put(0, new byte[] {9});
        assertThat(history.crash(2, List.of()).bytes(0, 1)).containsExactly(1);
        assertThat(device.image().bytes(0, 1)).containsExactly(1);
        DiskImage snapshot = device.image();
        write(0, SECTOR, 3);
        assertThat(snapshot.bytes(0, SECTOR)).containsOnly(1);
        assertThat(history.length()).isEqualTo(2);
    }

    @Test
    void crash_everyPrefixOfARandomRun_isOldOrNewInEverySector() {
        long seed = 99;
        SplittableRandom random = new SplittableRandom(seed);
        List<byte[]> states = new ArrayList<>();
        states.add(new byte[(int) SIZE]);
        for (int i = 0; i < 200; i++) {
            byte[] model = states.getLast().clone();
            if (random.nextInt(4) == 0) {
                device.flush();
            } else {
                int at = random.nextInt(120) * SECTOR;
                int length = (1 + random.nextInt(6)) * SECTOR;
                write(at, length, i + 1);
                java.util.Arrays.fill(model, at, at + length, (byte) (i + 1));
            }
            states.add(model);
        }
        History history = device.history();
        for (int position = 0; position <= history.length(); position++) {
            int flights = history.inFlight(position).size();
            assertThat(history.crash(position, java.util.Collections.nCopies(flights, LANDED))
                            .bytes(0, (int) SIZE))
                    .as("seed=%d position=%d", seed, position)
                    .isEqualTo(states.get(position));
            assertThat(history.crash(position, java.util.Collections.nCopies(flights, VANISHED))
                            .bytes(0, (int) SIZE))
                    .as("seed=%d position=%d", seed, position)
                    .isEqualTo(history.safeImage(position).bytes(0, (int) SIZE));
        }
    }

    @Test
    void fault_readError_strikesItsRangeOnly() {
        device.inject(FaultRule.onRange(Fault.READ_ERROR, SECTOR, SECTOR));
        read(0, SECTOR);
        read(2 * SECTOR, SECTOR);
        assertThatThrownBy(() -> read(0, 2 * SECTOR))
                .isInstanceOfSatisfying(
                        DeviceException.class,
                        e -> assertThat(e.operation()).isEqualTo(DeviceException.Operation.READ));
        device.healAll();
        read(0, 2 * SECTOR);
    }

    @Test
    void fault_onCall_strikesThatCallOnly() {
        device.inject(FaultRule.onCall(Fault.WRITE_ERROR, 2));
        write(0, SECTOR, 1);
        write(0, SECTOR, 2);
        assertThatThrownBy(() -> write(0, SECTOR, 3)).isInstanceOf(DeviceException.class);
        assertThat(read(0, SECTOR)).containsOnly(2);
        write(0, SECTOR, 4);
        assertThat(read(0, SECTOR)).containsOnly(4);
    }

    @Test
    void fault_deviceFull_writesNothing() {
        device.inject(FaultRule.afterCall(Fault.DEVICE_FULL, 1));
        write(0, SECTOR, 1);
        assertThatThrownBy(() -> write(0, SECTOR, 2))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("no space left");
        assertThat(read(0, SECTOR)).containsOnly(1);
    }

    @Test
    void fault_lostWrite_isSilent() {
        device.inject(FaultRule.onCall(Fault.LOST_WRITE, 0));
        write(0, SECTOR, 1);
        device.flush();
        assertThat(read(0, SECTOR)).containsOnly(0);
        assertThat(device.history().operations()).hasSize(1);
    }

    @Test
    void fault_misdirectedWrite_landsElsewhere() {
        device.inject(FaultRule.onCall(Fault.MISDIRECTED_WRITE, 0));
        write(0, SECTOR, 1);
        assertThat(read(0, SECTOR)).containsOnly(0);
        assertThat(read(0, (int) SIZE)).contains(1);
        assertThat(device.history().operations()).hasSize(1);
    }

    @Test
    void fault_tornWrite_landsInPart() {
        device.inject(FaultRule.onCall(Fault.TORN_WRITE, 0));
        write(0, 8 * SECTOR, 1);
        byte[] bytes = read(0, 8 * SECTOR);
        assertThat(bytes[0]).isEqualTo((byte) 1);
        assertThat(bytes[8 * SECTOR - 1]).isZero();
    }

    @Test
    void fault_garbageInFlight_throwsAndSpoils() {
        device.inject(FaultRule.onCall(Fault.GARBAGE_IN_FLIGHT, 0));
        assertThatThrownBy(() -> write(0, SECTOR, 1)).isInstanceOf(DeviceException.class);
        assertThat(read(0, SECTOR)).isNotEqualTo(new byte[SECTOR]);
        assertThat(read(0, SECTOR)).isNotEqualTo(filled(SECTOR, 1).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
        assertThat(read(SECTOR, SECTOR)).containsOnly(0);
    }

    @Test
    void fault_bitFlip_isTheSameEachTime() {
        write(0, 2 * SECTOR, 0);
        device.inject(FaultRule.onRange(Fault.BIT_FLIP, SECTOR, SECTOR));
        byte[] once = read(0, 2 * SECTOR);
        assertThat(once).isEqualTo(read(0, 2 * SECTOR));
        assertThat(Integer.bitCount(once[SECTOR])).isOne();
        assertThat(read(0, SECTOR)).containsOnly(0);
    }

    @Test
    void fault_flushError_leavesSomeWritesUnsafeForGood() {
        device.inject(FaultRule.onCall(Fault.FLUSH_ERROR, 0));
        for (int i = 0; i < 64; i++) {
            write((long) i * SECTOR, SECTOR, 1);
        }
        assertThatThrownBy(device::flush).isInstanceOf(DeviceException.class);
        device.flush();
        History history = device.history();
        byte[] left = history.crash(history.length(), List.of()).bytes(0, 64 * SECTOR);
        assertThat(left).contains(0).contains(1);
        assertThat(history.flushAt(64)).isFalse();
        assertThat(history.flushAt(65)).isTrue();
    }

    @Test
    void fault_slow_movesTheClock() {
        SimulatedClock clock = new SimulatedClock();
        SimulatedDevice slow = new SimulatedDevice(DiskImage.zeros(SIZE), 1, DeviceAccess.READ_WRITE, clock);
        slow.inject(FaultRule.onCall(Fault.SLOW, 0));
        slow.write(0, filled(SECTOR, 5));
        assertThat(clock.nanoTime()).isPositive();
        assertThat(slow.image().bytes(0, SECTOR)).containsOnly(5);
    }

    @Test
    void run_sameSeed_isTheSameRun() {
        List<byte[]> images = new ArrayList<>();
        for (int run = 0; run < 2; run++) {
            SimulatedDevice one = SimulatedDevice.zeros(SIZE, 3);
            one.inject(FaultRule.onCall(Fault.MISDIRECTED_WRITE, 0));
            one.inject(FaultRule.onCall(Fault.TORN_WRITE, 0));
            one.write(0, filled(8 * SECTOR, 1));
            one.write(0, filled(8 * SECTOR, 2));
            images.add(one.image().bytes(0, (int) SIZE));
        }
        assertThat(images.get(0)).isEqualTo(images.get(1));
    }

    @Test
    void readMany_atOnce_endsAllReadsAndThrowsTheFirstError() {
        write(0, 4 * SECTOR, 3);
        device.withReadsTogether().inject(new FaultRule(Fault.READ_ERROR, SECTOR, 2 * SECTOR, 0, Long.MAX_VALUE));
        MemorySegment[] targets = new MemorySegment[4];
        long[] offsets = new long[4];
        for (int i = 0; i < targets.length; i++) {
            targets[i] = filled(SECTOR, 9);
            offsets[i] = (long) i * SECTOR;
        }
        assertThatThrownBy(() -> device.readMany(offsets, targets, 4))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("offset=" + SECTOR + " ");
        assertThat(targets[0].mismatch(filled(SECTOR, 3))).isNegative();
        assertThat(targets[3].mismatch(filled(SECTOR, 3))).isNegative();
    }
}
