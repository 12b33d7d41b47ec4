package io.vexel.memory.zone;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The buddy against a naive twin, which keeps a mark for every unit and finds maximal free blocks by looking. */
class BuddyModelTest {

    private static final int UNITS = 4096 + 512;
    private static final int STEPS = Boolean.getBoolean("vexel.deep") ? 600_000 : 6_000;
    private static final int MAX_ORDER = 10;

    private record Block(int unit, int order) {}

    /** What is known of each unit. */
    private static final class Twin {
        final boolean[] used = new boolean[UNITS];

        void mark(Block block, boolean value) {
            for (int unit = block.unit; unit < block.unit + (1 << block.order); unit++) {
                if (used[unit] == value) {
                    throw new AssertionError("unit " + unit + " of " + block + " is used=" + value + " already");
                }
                used[unit] = value;
            }
        }

        long free() {
            long free = 0;
            for (boolean each : used) {
                free += each ? 0 : 1;
            }
            return free;
        }

        /** Maximal free blocks of an order. */
        int blocks(int order) {
            int count = 0;
            for (int unit = 0; unit + (1 << order) <= UNITS; unit += 1 << order) {
                if (isFree(unit, order)) {
                    int parent = unit & -(2 << order);
                    boolean larger = order < MAX_ORDER && parent + (2 << order) <= UNITS && isFree(parent, order + 1);
                    count += larger ? 0 : 1;
                }
            }
            return count;
        }

        private boolean isFree(int unit, int order) {
            for (int each = unit; each < unit + (1 << order); each++) {
                if (used[each]) {
                    return false;
                }
            }
            return true;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void takeAndGive_randomly_agreeWithTheTwin(long seed) {
        Random random = new Random(seed);
        Buddy.Shape shape = new Buddy.Shape(UNITS, MAX_ORDER, 9);
        try (Region metadata = Region.allocate(MemoryBudget.unlimited(), "test", shape.metadataBytes())) {
            Buddy buddy = new Buddy(shape, metadata.address());
            for (int span = 0; span < 4; span++) {
                buddy.add(span << MAX_ORDER, MAX_ORDER, random.nextInt(3));
            }
            buddy.add(4096, 9, 0);
            Twin twin = new Twin();
            List<Block> live = new ArrayList<>();
            int most = 1 + random.nextInt(MAX_ORDER);
            for (int step = 0; step < STEPS; step++) {
                // Filling and emptying in turn, so that both ends are met.
                boolean take = random.nextInt(100) < (step / 1000 % 2 == 0 ? 65 : 35);
                if (take) {
                    take(buddy, twin, live, random.nextInt(most + 1), random.nextInt(3));
                } else if (!live.isEmpty()) {
                    Block block = live.remove(random.nextInt(live.size()));
                    buddy.give(block.unit, block.order);
                    twin.mark(block, false);
                }
                if (step % 100 == 0) {
                    check(buddy, twin);
                }
            }
            live.forEach(block -> buddy.give(block.unit, block.order));
            assertThat(buddy.freeUnits()).isEqualTo(UNITS);
            assertThat(blocks(buddy, MAX_ORDER)).isEqualTo(4);
            assertThat(blocks(buddy, 9)).isEqualTo(1);
        }
    }

    private static void take(Buddy buddy, Twin twin, List<Block> live, int order, int mobility) {
        int unit = buddy.take(order, mobility);
        if (unit == Buddy.NONE) {
            unit = buddy.takeConverted(order, mobility);
            if (unit != Buddy.NONE) {
                assertThat(buddy.mobilityOf(unit)).isEqualTo(mobility);
            }
        }
        if (unit == Buddy.NONE) {
            unit = buddy.takeStray(order, mobility);
        }
        if (unit == Buddy.NONE) {
            for (int each = order; each <= MAX_ORDER; each++) {
                assertThat(twin.blocks(each)).as("order %d", each).isZero();
            }
            return;
        }
        assertThat(unit % (1 << order)).isZero();
        buddy.words().use(unit, order, 7);
        Block block = new Block(unit, order);
        twin.mark(block, true);
        live.add(block);
    }

    private static void check(Buddy buddy, Twin twin) {
        assertThat(buddy.freeUnits()).isEqualTo(twin.free());
        for (int order = 0; order <= MAX_ORDER; order++) {
            assertThat(blocks(buddy, order)).as("order %d", order).isEqualTo(twin.blocks(order));
        }
    }

    private static int blocks(Buddy buddy, int order) {
        int count = 0;
        for (int mobility = 0; mobility < Mobility.COUNT; mobility++) {
            count += buddy.freeBlocks(order, mobility);
        }
        return count;
    }

    @Test
    void isolate_aGroupInUse_keepsItsFreeBlocksOutOfReachUntilRestored() {
        Buddy.Shape shape = new Buddy.Shape(1024, MAX_ORDER, 9);
        try (Region metadata = Region.allocate(MemoryBudget.unlimited(), "test", shape.metadataBytes())) {
            Buddy buddy = new Buddy(shape, metadata.address());
            buddy.add(0, MAX_ORDER, 2);
            int first = buddy.take(0, 2);
            buddy.words().use(first, 0, 1);
            buddy.isolate(0);
            for (int i = 0; i < 512; i++) {
                int unit = buddy.take(0, 2);
                assertThat(unit).isGreaterThanOrEqualTo(512);
                buddy.words().use(unit, 0, 1);
            }
            assertThat(buddy.take(0, 2)).isEqualTo(Buddy.NONE);
            assertThat(buddy.takeConverted(0, 1)).isEqualTo(Buddy.NONE);
            assertThat(buddy.takeStray(0, 1)).isEqualTo(Buddy.NONE);
            assertThat(buddy.freeUnits()).isEqualTo(511);
            buddy.give(first, 0);
            for (int unit = 512; unit < 1024; unit++) {
                buddy.give(unit, 0);
            }
            assertThat(buddy.freeBlocks(9, 2)).isEqualTo(1);
            buddy.restore(0, Mobility.MOVABLE);
            assertThat(buddy.freeBlocks(MAX_ORDER, 2)).isEqualTo(1);
            assertThat(buddy.freeUnits()).isEqualTo(1024);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 64, 65, 4096, 262_144, 600_001})
    void bitmap_randomly_agreesWithASortedSet(int size) {
        Random random = new Random(size);
        try (Region memory = Region.allocate(MemoryBudget.unlimited(), "test", FreeBitmap.bytes(size))) {
            FreeBitmap bitmap = new FreeBitmap(memory.address(), size);
            java.util.TreeSet<Integer> twin = new java.util.TreeSet<>();
            for (int step = 0; step < 20_000; step++) {
                int number = random.nextBoolean() && !twin.isEmpty() ? twin.first() : random.nextInt(size);
                if (twin.remove(number)) {
                    bitmap.remove(number);
                } else {
                    twin.add(number);
                    bitmap.add(number);
                }
                if (bitmap.first() != (twin.isEmpty() ? FreeBitmap.NONE : twin.first())
                        || bitmap.count() != twin.size()) {
                    throw new AssertionError("step " + step + ": " + bitmap.first() + " of " + bitmap.count());
                }
            }
        }
    }

    @Test
    void counts_ofATakeOfEachWay_areExact() {
        Buddy.Shape shape = new Buddy.Shape(1024, MAX_ORDER, 9);
        try (Region metadata = Region.allocate(MemoryBudget.unlimited(), "test", shape.metadataBytes())) {
            Buddy buddy = new Buddy(shape, metadata.address());
            buddy.add(0, MAX_ORDER, 0);
            int first = buddy.take(8, 0);
            assertThat(counts(buddy)).as("two halvings").containsExactly(2L, 0L, 0L, 0L);
            assertThat(buddy.takeConverted(0, 1))
                    .as("the other half, turned over")
                    .isEqualTo(512);
            assertThat(counts(buddy)).as("and halved nine times").containsExactly(11L, 0L, 1L, 0L);
            assertThat(buddy.takeConverted(8, 2)).isEqualTo(Buddy.NONE);
            assertThat(counts(buddy)).containsExactly(11L, 0L, 1L, 0L);
            int stray = buddy.takeStray(7, 2);
            assertThat(counts(buddy)[3]).isEqualTo(1);
            assertThat(counts(buddy)[0]).isEqualTo(12);
            buddy.give(stray, 7);
            assertThat(counts(buddy)).as("with its other half").containsExactly(12L, 1L, 1L, 1L);
            buddy.give(first, 8);
            assertThat(counts(buddy)).containsExactly(12L, 2L, 1L, 1L);
            buddy.give(512, 0);
            assertThat(counts(buddy)).as("up to the whole").containsExactly(12L, 12L, 1L, 1L);
            assertThat(buddy.freeBlocks(MAX_ORDER, 0) + buddy.freeBlocks(MAX_ORDER, 1))
                    .isEqualTo(1);
        }
    }

    private static long[] counts(Buddy buddy) {
        return new long[] {buddy.splits(), buddy.merges(), buddy.conversions(), buddy.strays()};
    }
}
