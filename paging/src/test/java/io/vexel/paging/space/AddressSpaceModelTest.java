package io.vexel.paging.space;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.Bytes;
import io.vexel.memory.MemoryBudget;
import io.vexel.paging.compression.Compression;
import io.vexel.paging.compression.CompressionOptions;
import io.vexel.paging.replacement.PolicyKind;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Random runs against naive twins: a byte array for each mapping and each file, all pages of a few frames. */
class AddressSpaceModelTest {

    private static final long SEED = 20_261_127;
    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");
    private static final int PAGE = PagerFixture.PAGE;

    @ParameterizedTest
    @EnumSource
    void space_randomRun_isWhatByteArraysAre(PolicyKind policy) {
        for (int round = 0; round < (DEEP ? 200 : 4); round++) {
            long seed = SEED + 31L * policy.ordinal() + round;
            int frames = round % 2 == 0 ? 12 : 48;
            try (PagerFixture fixture =
                    new PagerFixture(PagerFixture.options(frames, policy), 2_000, new MemoryBudget(24 * Bytes.MIB))) {
                SpaceWorld world = new SpaceWorld(fixture, seed);
                world.run(2_000);
                assertThat(world.failed).as("seed %s", seed).isZero();
                world.end();
            }
        }
    }

    /** A store that has room for few pages, so that they go on to swap. */
    @ParameterizedTest
    @EnumSource
    void space_overACompressedStore_isWhatByteArraysAre(Compression way) {
        long spilled = 0;
        for (int round = 0; round < (DEEP ? 100 : 4); round++) {
            long seed = SEED + 77 + round;
            long mostBytes = round % 2 == 0 ? 64 * Bytes.KIB : Bytes.MIB;
            try (PagerFixture fixture = new PagerFixture(
                    PagerFixture.options(12, PolicyKind.DEFAULT),
                    2_000,
                    new MemoryBudget(24 * Bytes.MIB),
                    Optional.of(new CompressionOptions(way, PAGE, mostBytes, Long.MAX_VALUE)))) {
                SpaceWorld world = new SpaceWorld(fixture, seed);
                world.run(2_000);
                assertThat(world.failed).as("seed %s", seed).isZero();
                PagerStatistics statistics = fixture.pager.statistics();
                if (way != Compression.NONE) {
                    assertThat(statistics.faults().compressed()).isPositive();
                }
                spilled += statistics.traffic().spilled();
                world.end();
            }
        }
        assertThat(spilled > 0).isEqualTo(way != Compression.NONE);
    }

    /** Swap holds less than what leaves memory; what does not fit stays, and nothing is lost. */
    @Test
    void space_smallSwapAndStore_refusesAndKeepsEverything() {
        int refused = 0;
        for (int round = 0; round < (DEEP ? 100 : 6); round++) {
            try (PagerFixture fixture = new PagerFixture(
                    PagerFixture.options(16, PolicyKind.DEFAULT),
                    20,
                    new MemoryBudget(24 * Bytes.MIB),
                    Optional.of(new CompressionOptions(Compression.LZ4, PAGE, 32 * Bytes.KIB, Long.MAX_VALUE)))) {
                SpaceWorld world = new SpaceWorld(fixture, SEED + 2_000 + round);
                world.run(800);
                refused += world.failed;
                while (!world.spaces.isEmpty()) {
                    world.checkReadable();
                    world.spaces.removeLast().close();
                    world.twins.removeLast();
                }
                world.file.close();
                fixture.checkNoPageIsLeft();
            }
        }
        assertThat(refused).isPositive();
    }

    /** Without swap, pages of which there is no other copy stay, until there is no frame. */
    @Test
    void space_withoutSwap_refusesAndKeepsEverything() {
        int refused = 0;
        for (int round = 0; round < 6; round++) {
            try (PagerFixture fixture = new PagerFixture(24, 0)) {
                SpaceWorld world = new SpaceWorld(fixture, SEED + 1_000 + round);
                world.run(800);
                refused += world.failed;
                world.spaces.forEach(AddressSpace::close);
                world.file.close();
                fixture.checkNoPageIsLeft();
            }
        }
        assertThat(refused).isPositive();
    }
}
