package io.vexel.paging.space;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.Bytes;
import io.vexel.base.CapacityException;
import io.vexel.memory.MemoryBudget;
import io.vexel.paging.compression.Compression;
import io.vexel.paging.compression.CompressionOptions;
import io.vexel.paging.replacement.PolicyKind;
import io.vexel.testkit.Fault;
import io.vexel.testkit.FaultRule;
import io.vexel.testkit.ReservationFaults;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Address spaces in random use while the n-th of something fails, once and for good: transfers of a file, transfers of swap, reservations of the
 * budget, allocations of pages. What was written is there afterwards, nothing waits for ever, and all memory comes back.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AddressSpaceFaultTest {

    private static final long SEED = 20_261_128;
    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");
    private static final int BEFORE = 100;
    private static final int DURING = 200;
    private static final long BUDGET = 24 * Bytes.MIB;
    private static final int SLOTS = 2_000;

    private static PagerFixture fixture(MemoryBudget budget, boolean compressed, BooleanSupplier refusal) {
        return new PagerFixture(
                PagerFixture.options(16, PolicyKind.DEFAULT),
                SLOTS,
                budget,
                compressed
                        ? Optional.of(new CompressionOptions(
                                Compression.LZ4, PagerFixture.PAGE, 32 * Bytes.KIB, Long.MAX_VALUE))
                        : Optional.empty(),
                refusal);
    }

    private static PagerFixture fixture(boolean compressed) {
        return fixture(new MemoryBudget(BUDGET), compressed, () -> false);
    }

    /** Random use during which something fails. */
    private static SpaceWorld use(PagerFixture fixture, long seed, Runnable begin, Runnable heal) {
        SpaceWorld world = new SpaceWorld(fixture, seed);
        world.run(BEFORE);
        begin.run();
        world.run(DURING);
        heal.run();
        return world;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void nthTransferOfTheFile_fails_losesNothing(boolean forGood) {
        int failed = 0;
        for (int nth = 0; nth < (DEEP ? 200 : 25); nth++) {
            try (PagerFixture fixture = fixture(false)) {
                SpaceWorld world = new SpaceWorld(fixture, SEED + nth);
                world.run(BEFORE);
                world.source.fail(nth, forGood ? Integer.MAX_VALUE : 1);
                world.run(DURING);
                world.source.heal();
                failed += world.failed;
                world.end();
            }
        }
        assertThat(failed).isPositive();
    }

    @ParameterizedTest
    @EnumSource(names = {"READ_ERROR", "WRITE_ERROR", "GARBAGE_IN_FLIGHT"})
    void nthTransferOfSwap_fails_losesNothing(Fault fault) {
        int failed = 0;
        for (int nth = 0; nth < (DEEP ? 200 : 25); nth++) {
            for (boolean forGood : new boolean[] {false, true}) {
                // Behind a store, what goes to swap is what leaves the store.
                try (PagerFixture fixture = fixture(nth % 2 == 1)) {
                    FaultRule rule = forGood ? FaultRule.afterCall(fault, nth) : FaultRule.onCall(fault, nth);
                    SpaceWorld world =
                            use(fixture, SEED + nth, () -> fixture.device.inject(rule), fixture.device::healAll);
                    failed += world.failed;
                    end(world);
                }
            }
        }
        assertThat(failed).isPositive();
    }

    /** A space of swap that was given up for writing stays so: what is dirty may have nowhere to go then. */
    private static void end(SpaceWorld world) {
        if (world.fixture.swap.statistics().failedSpaces() == 0) {
            world.end();
        } else {
            world.checkReadable();
            world.spaces.forEach(AddressSpace::close);
            world.file.close();
            world.fixture.checkNoPageIsLeft();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void nthReservation_refused_losesNothing(boolean forGood) {
        long struck = 0;
        int failed = 0;
        boolean reached = true;
        for (int nth = 0; reached; nth += DEEP ? 1 : 3) {
            ReservationFaults faults = ReservationFaults.ofAll();
            int from = nth;
            try (PagerFixture fixture = fixture(MemoryBudget.withRefusal(BUDGET, faults), nth % 2 == 1, () -> false)) {
                SpaceWorld world = use(fixture, SEED + 7, () -> arm(faults, from, forGood), faults::heal);
                reached = faults.struck() > 0;
                struck += faults.struck();
                failed += world.failed;
                world.end();
            }
        }
        assertThat(struck).isGreaterThan(10);
        assertThat(failed).isPositive();
    }

    private static void arm(ReservationFaults faults, int after, boolean forGood) {
        if (forGood) {
            faults.refuseForGood(after);
        } else {
            faults.refuseOnce(after);
        }
    }

    /** Frames and the compressed store take pages from the allocator: without a page more they go on with what they have. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void nthAllocationOfPages_refused_losesNothing(boolean forGood) {
        long struck = 0;
        boolean reached = true;
        for (int nth = 0; reached; nth++) {
            ReservationFaults faults = ReservationFaults.ofAll();
            int from = nth;
            try (PagerFixture fixture = fixture(new MemoryBudget(BUDGET), true, () -> faults.refuses("pages", 1))) {
                SpaceWorld world = new SpaceWorld(fixture, SEED + 8);
                arm(faults, from, forGood);
                world.run(BEFORE + DURING);
                faults.heal();
                reached = faults.struck() > 0;
                struck += faults.struck();
                assertThat(world.failed).as("%s", faults).isZero();
                world.end();
            }
        }
        assertThat(struck).isPositive();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void pager_nthReservationRefusedWhileItIsMade_leavesNothingBehind(boolean forGood) {
        boolean made = false;
        int refused = 0;
        for (int nth = 0; !made; nth++) {
            ReservationFaults faults = ReservationFaults.ofAll();
            arm(faults, nth, forGood);
            MemoryBudget budget = MemoryBudget.withRefusal(BUDGET, faults);
            try (PagerFixture fixture = fixture(budget, true, () -> false)) {
                made = faults.struck() == 0;
                SpaceWorld world = new SpaceWorld(fixture, SEED);
                faults.heal();
                world.run(BEFORE);
                world.end();
            } catch (CapacityException e) {
                refused++;
            }
            assertThat(budget.usedByOwner()).as("%s", faults).isEmpty();
        }
        assertThat(refused).isGreaterThan(5);
    }

    /** Transfers of the file and of swap, reservations and pages, each fails now and then. */
    @Test
    void everything_failsNowAndThen_losesNothing() {
        int failed = 0;
        for (int round = 0; round < (DEEP ? 500 : 20); round++) {
            Random random = new Random(SEED + round);
            boolean[] on = {false};
            MemoryBudget budget = MemoryBudget.withRefusal(BUDGET, (_, _) -> on[0] && random.nextInt(8) == 0);
            try (PagerFixture fixture = fixture(budget, round % 2 == 0, () -> on[0] && random.nextInt(4) == 0)) {
                SpaceWorld world = new SpaceWorld(fixture, SEED + round);
                for (int piece = 0; piece < 30; piece++) {
                    on[0] = piece % 3 != 2;
                    fixture.device.healAll();
                    world.source.heal();
                    if (on[0]) {
                        Fault fault = random.nextBoolean() ? Fault.READ_ERROR : Fault.WRITE_ERROR;
                        fixture.device.inject(new FaultRule(fault, 0, Long.MAX_VALUE, random.nextInt(4), 2));
                        world.source.fail(random.nextInt(8), 1 + random.nextInt(3));
                    }
                    world.run(20);
                }
                on[0] = false;
                fixture.device.healAll();
                world.source.heal();
                failed += world.failed;
                end(world);
            }
        }
        assertThat(failed).isPositive();
    }
}
