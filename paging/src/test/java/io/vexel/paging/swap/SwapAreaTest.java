package io.vexel.paging.swap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.vexel.base.CapacityException;
import io.vexel.base.ClosedException;
import io.vexel.base.CorruptionException;
import io.vexel.base.DeviceException;
import io.vexel.base.TimeSource;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.Fault;
import io.vexel.testkit.FaultRule;
import io.vexel.testkit.SimulatedClock;
import io.vexel.testkit.SimulatedDevice;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SwapAreaTest {

    private static final long SEED = 20_260_901;
    private static final int PAGE = 4096;

    private final MemoryBudget budget = MemoryBudget.forOneThread(1 << 24);

    private SwapArea area(SwapSpace... spaces) {
        return SwapArea.open(List.of(spaces), PAGE, budget, new SecureRandom(), TimeSource.SYSTEM);
    }

    private static SimulatedDevice device(int slots) {
        return SimulatedDevice.zeros((long) slots * PAGE, SEED).withoutLog();
    }

    private static MemorySegment page(long seed) {
        byte[] bytes = new byte[PAGE];
        new SplittableRandom(seed).nextBytes(bytes);
        return MemorySegment.ofArray(bytes);
    }

    private static MemorySegment blank() {
        return MemorySegment.ofArray(new byte[PAGE]);
    }

    private static void assertReads(SwapArea area, long slot, long page, long seed) {
        MemorySegment target = blank();
        area.read(slot, page, target);
        assertThat(target.mismatch(page(seed))).isEqualTo(-1);
    }

    @Test
    void area_randomWritesReadsAndFrees_isWhatAMapIs() {
        for (int round = 0; round < 5; round++) {
            SplittableRandom random = new SplittableRandom(SEED + round);
            try (SwapArea area = area(SwapSpace.whole(device(20), 1), SwapSpace.whole(device(13), 2))) {
                Map<Long, Long> slotOf = new HashMap<>();
                Map<Long, Long> seedOf = new HashMap<>();
                for (int i = 0; i < 2_000; i++) {
                    long page = random.nextLong(50);
                    if (slotOf.containsKey(page) && random.nextBoolean()) {
                        area.free(slotOf.remove(page));
                    } else if (slotOf.containsKey(page)) {
                        assertReads(area, slotOf.get(page), page, seedOf.get(page));
                    } else if (slotOf.size() == 33) {
                        assertThatThrownBy(() -> area.write(page, page(0))).isInstanceOf(CapacityException.class);
                    } else {
                        seedOf.put(page, (long) i);
                        slotOf.put(page, area.write(page, page(i)));
                    }
                }
                assertThat(new HashSet<>(slotOf.values())).hasSize(slotOf.size());
                assertThat(area.statistics().usedSlots()).isEqualTo(slotOf.size());
            }
            assertThat(budget.usedBytes()).isZero();
        }
    }

    @Test
    void write_twoSpaces_fillsTheOneOfHigherPriorityFirst() {
        SimulatedDevice low = device(4);
        SimulatedDevice high = device(4);
        try (SwapArea area = area(SwapSpace.whole(low, -1), SwapSpace.whole(high, 5))) {
            byte[] before = bytes(low);
            for (int i = 0; i < 4; i++) {
                area.write(i, page(i));
            }
            assertThat(bytes(low)).isEqualTo(before);
            long last = area.write(9, page(9));
            assertThat(bytes(low)).isNotEqualTo(before);
            area.free(last);
            assertThat(area.spaceStatistics())
                    .extracting(
                            SwapSpaceStatistics::priority,
                            SwapSpaceStatistics::usedSlots,
                            SwapSpaceStatistics::peakSlots)
                    .containsExactly(tuple(5, 4L, 4L), tuple(-1, 0L, 1L));
        }
    }

    @Test
    void write_samePageTwice_givesOtherBytesOnTheDeviceEachTime() {
        SimulatedDevice device = device(4);
        try (SwapArea area = area(SwapSpace.whole(device, 0))) {
            Set<String> seen = new HashSet<>();
            for (int i = 0; i < 3; i++) {
                area.write(7, page(7));
                byte[] slot = Arrays.copyOfRange(bytes(device), i * PAGE, (i + 1) * PAGE);
                assertThat(slot).isNotEqualTo(page(7).toArray(ValueLayout.JAVA_BYTE));
                seen.add(Arrays.toString(slot));
            }
            assertThat(seen).hasSize(3);
        }
    }

    @Test
    void read_everyByteFlipped_isFoundAndChangesNothing() {
        SimulatedDevice device = device(2);
        try (SwapArea area = area(SwapSpace.whole(device, 0))) {
            long slot = area.write(1, page(1));
            byte[] whole = Arrays.copyOf(bytes(device), PAGE);
            for (int at = 0; at < PAGE; at += 7) {
                byte[] damaged = whole.clone();
                damaged[at] ^= (byte) (1 << at % 8);
                device.write(0, MemorySegment.ofArray(damaged));
                MemorySegment target = blank();
                assertThatThrownBy(() -> area.read(slot, 1, target))
                        .isInstanceOf(CorruptionException.class)
                        .hasMessageContaining("page 1 in slot 0");
                assertThat(target.mismatch(blank())).isEqualTo(-1);
            }
            device.write(0, MemorySegment.ofArray(whole));
            assertReads(area, slot, 1, 1);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"LOST_WRITE", "MISDIRECTED_WRITE", "TORN_WRITE", "BIT_FLIP"})
    void read_afterASilentFault_neverGivesOtherBytes(Fault fault) {
        for (int nth = 0; nth < 12; nth++) {
            SimulatedDevice device = device(8);
            try (SwapArea area = area(SwapSpace.whole(device, 0))) {
                // Every slot holds an older page first, so that a lost write leaves something that once was right.
                for (int i = 0; i < 8; i++) {
                    area.free(area.write(i, page(i)));
                }
                device.inject(FaultRule.onCall(fault, nth));
                int found = 0;
                for (int i = 0; i < 8; i++) {
                    long slot = area.write(i, page(100 + i));
                    try {
                        assertReads(area, slot, i, 100 + i);
                    } catch (CorruptionException e) {
                        found++;
                    }
                }
                assertThat(found).as("%s at call %s", fault, nth).isEqualTo(nth < 8 ? 1 : 0);
            }
        }
    }

    @Test
    void statistics_ofTime_areThatOfWritingAndReading() {
        List<SwapSpace> spaces = List.of(SwapSpace.whole(device(10), 0));
        try (SwapArea area = SwapArea.open(spaces, PAGE, budget, new SecureRandom(), SimulatedClock.ticking(1_000))) {
            long first = area.write(1, page(1));
            area.write(2, page(2));
            assertThat(area.statistics().nanosOut()).isEqualTo(2_000);
            assertThat(area.statistics().nanosIn()).isZero();
            for (int i = 0; i < 3; i++) {
                assertReads(area, first, 1, 1);
            }
            assertThat(area.statistics().nanosIn()).isEqualTo(3_000);
            assertThat(area.statistics().nanosOut()).isEqualTo(2_000);
            assertThat(area.statistics().pagesOut()).isEqualTo(2);
            assertThat(area.statistics().pagesIn()).isEqualTo(3);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"WRITE_ERROR", "GARBAGE_IN_FLIGHT", "DEVICE_FULL"})
    void write_nthFailsOnce_goesToAnotherSlot(Fault fault) {
        for (int nth = 0; nth < 8; nth++) {
            SimulatedDevice device = device(10);
            device.inject(FaultRule.onCall(fault, nth));
            try (SwapArea area = area(SwapSpace.whole(device, 0))) {
                List<Long> slots = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    slots.add(area.write(i, page(i)));
                }
                for (int i = 0; i < 8; i++) {
                    assertReads(area, slots.get(i), i, i);
                }
                assertThat(area.statistics().failedSlots()).isEqualTo(1);
                assertThat(area.statistics().failedWrites()).isEqualTo(1);
            }
        }
    }

    @Test
    void write_failsForGood_isAnErrorUntilTheSpaceIsGivenUpAndPagesStayReadable() {
        for (int nth = 0; nth < 5; nth++) {
            SimulatedDevice bad = device(40);
            bad.inject(FaultRule.afterCall(Fault.WRITE_ERROR, nth));
            try (SwapArea area = area(SwapSpace.whole(bad, 1), SwapSpace.whole(device(40), 0))) {
                Map<Integer, Long> slots = new HashMap<>();
                int failed = 0;
                for (int i = 0; i < 20; i++) {
                    try {
                        slots.put(i, area.write(i, page(i)));
                    } catch (DeviceException e) {
                        failed++;
                    }
                }
                assertThat(failed).isBetween(1, 4);
                assertThat(area.statistics().failedSpaces()).isEqualTo(1);
                assertThat(area.spaceStatistics())
                        .extracting(SwapSpaceStatistics::givenUp)
                        .containsExactly(true, false);
                slots.forEach((page, slot) -> assertReads(area, slot, page, page));
                assertThat(area.statistics().usedSlots()).isEqualTo(slots.size());
            }
        }
    }

    @Test
    void read_failsOnceOrForGood_isReadAgainOrAnError() {
        SimulatedDevice device = device(4);
        try (SwapArea area = area(SwapSpace.whole(device, 0))) {
            long slot = area.write(3, page(3));
            device.inject(FaultRule.onCall(Fault.READ_ERROR, 0));
            assertReads(area, slot, 3, 3);
            device.inject(FaultRule.afterCall(Fault.READ_ERROR, 0));
            assertThatThrownBy(() -> area.read(slot, 3, blank())).isInstanceOf(DeviceException.class);
            device.healAll();
            assertReads(area, slot, 3, 3);
            assertThat(area.statistics().failedReads()).isEqualTo(3);
        }
    }

    @Test
    void readAhead_neighborsWrittenTogether_areHandedOnAsFarAsTheyAreWhole() {
        SimulatedDevice device = device(16);
        try (SwapArea area = area(SwapSpace.whole(device, 0))) {
            List<Long> slots = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                slots.add(area.write(50 + i, page(i)));
            }
            byte[] damaged = new byte[PAGE];
            device.write(4 * PAGE, MemorySegment.ofArray(damaged));
            area.free(slots.get(6));
            Map<Long, Long> ahead = new HashMap<>();
            MemorySegment target = blank();
            area.readAhead(slots.get(2), 52, target, 16, (slot, page, bytes) -> {
                assertThat(bytes.mismatch(page(page - 50))).isEqualTo(-1);
                ahead.put(page, slot);
            });
            assertThat(target.mismatch(page(2))).isEqualTo(-1);
            assertThat(ahead).isEqualTo(Map.of(53L, slots.get(3), 55L, slots.get(5)));
            assertThat(area.statistics().damagedPages()).isEqualTo(1);
            device.inject(FaultRule.onCall(Fault.READ_ERROR, 0));
            ahead.clear();
            area.readAhead(slots.get(2), 52, target, 4, (slot, page, _) -> ahead.put(page, slot));
            assertThat(ahead).isEmpty();
        }
    }

    /** Each thread has pages of its own; read-ahead brings it those of others, which come and go meanwhile. */
    @Test
    void area_threadsWriteReadAndFree_everyPageIsWhatItsOwnerWrote() throws Exception {
        try (SwapArea area = SwapArea.open(
                List.of(SwapSpace.whole(device(40), 0)),
                PAGE,
                MemoryBudget.unlimited(),
                new SecureRandom(),
                TimeSource.SYSTEM)) {
            try (ExecutorService executor = Executors.newFixedThreadPool(3)) {
                List<Future<?>> threads = new ArrayList<>();
                for (int thread = 0; thread < 3; thread++) {
                    long seed = SEED + thread;
                    threads.add(executor.submit(() -> work(area, seed)));
                }
                for (Future<?> thread : threads) {
                    thread.get();
                }
            }
            assertThat(area.statistics().usedSlots()).isZero();
            assertThat(area.statistics().damagedPages()).isZero();
        }
    }

    /** The number of a page is the seed of its bytes here. */
    private static void work(SwapArea area, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Map<Long, Long> slotOf = new HashMap<>();
        for (int i = 0; i < 1_500; i++) {
            if (slotOf.size() < 10 && random.nextBoolean()) {
                long page = seed * 1_000_000 + i;
                slotOf.put(page, area.write(page, page(page)));
            } else if (!slotOf.isEmpty()) {
                long page = slotOf.keySet().iterator().next();
                MemorySegment target = blank();
                area.readAhead(
                        slotOf.get(page),
                        page,
                        target,
                        6,
                        (_, other, bytes) ->
                                assertThat(bytes.mismatch(page(other))).isEqualTo(-1));
                assertThat(target.mismatch(page(page))).isEqualTo(-1);
                area.free(slotOf.remove(page));
            }
        }
        slotOf.values().forEach(area::free);
    }

    @Test
    void area_wrongCalls_areRefused() {
        SimulatedDevice device = device(4);
        assertThatThrownBy(() -> SwapArea.open(List.of(), PAGE, budget, new SecureRandom(), TimeSource.SYSTEM))
                .hasMessage("spaces=[], allowed: at least one");
        assertThatThrownBy(() -> new SwapSpace(device, 100, PAGE, 0)).hasMessageContaining("offset=100");
        assertThatThrownBy(() -> new SwapSpace(device, 0, 5 * PAGE, 0)).hasMessageContaining("bytes=20480");
        assertThatThrownBy(() -> area(new SwapSpace(device, 0, 2 * PAGE, 0), new SwapSpace(device, PAGE, PAGE, 1)))
                .hasMessageContaining("spaces[1]=");
        SwapArea area = area(new SwapSpace(device, 0, PAGE, 0), new SwapSpace(device, PAGE, 3 * PAGE, 0));
        long slot = area.write(1, page(1));
        assertThatThrownBy(() -> area.read(slot, 2, blank())).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> area.read(slot + 1, 1, blank())).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> area.read(-1, 1, blank())).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> area.free(slot + 1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> area.write(1, MemorySegment.ofArray(new byte[8])))
                .hasMessageContaining("byteSize=8, allowed: 4096");
        area.close();
        assertThatThrownBy(() -> area.write(1, page(1))).isInstanceOf(ClosedException.class);
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void area_budgetTooSmall_isRefusedAndLeavesNothing() {
        for (long bytes = 1; bytes < 200_000; bytes += 10_000) {
            MemoryBudget small = MemoryBudget.forOneThread(bytes);
            try (SwapArea area = SwapArea.open(
                    List.of(SwapSpace.whole(device(4), 0)), PAGE, small, new SecureRandom(), TimeSource.SYSTEM)) {
                assertThat(area.statistics().slots()).isEqualTo(4);
            } catch (CapacityException e) {
                assertThat(e.resource()).contains("swap");
            }
            assertThat(small.usedBytes()).isZero();
        }
    }

    private static byte[] bytes(SimulatedDevice device) {
        MemorySegment all = MemorySegment.ofArray(new byte[(int) device.size()]);
        device.read(0, all);
        return all.toArray(ValueLayout.JAVA_BYTE);
    }
}
