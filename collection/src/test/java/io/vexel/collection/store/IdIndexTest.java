package io.vexel.collection.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CapacityException;
import io.vexel.base.CorruptionException;
import io.vexel.collection.PointId;
import io.vexel.index.RowFilter;
import io.vexel.memory.MemoryBudget;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IdIndexTest {

    @Test
    void randomOperations_equalAHashMap_atEveryVersion() {
        for (long seed = 1; seed <= 5; seed++) {
            Random random = new Random(seed);
            MemoryBudget budget = MemoryBudget.unlimited();
            try (IdIndex index = new IdIndex(budget, "ids", seed)) {
                compareWithModel(index, random, "seed " + seed, false);
            }
            assertThat(budget.usedBytes()).as("all memory is given back").isZero();
        }
    }

    @Test
    void randomOperations_whereBlocksAreForgotten_equalAHashMap_atEveryVersionFromTheFloorOn() {
        for (long seed = 11; seed <= 15; seed++) {
            MemoryBudget budget = MemoryBudget.unlimited();
            try (IdIndex index = new IdIndex(budget, "ids", seed)) {
                compareWithModel(index, new Random(seed), "seed " + seed, true);
                assertThat(index.rows().isForgotten(0)).isTrue();
                assertThat(index.idCount()).isGreaterThanOrEqualTo(index.liveCount());
            }
            assertThat(budget.usedBytes()).as("all memory is given back").isZero();
        }
    }

    @Test
    void forgetBehindFloor_blocksOfDeadRows_giveTheirBytesBackAndNoIdLeadsThere() {
        int chunk = 1 << Column.CHUNK_SHIFT;
        int block = RowTable.BLOCK_ROWS;
        MemoryBudget budget = MemoryBudget.unlimited();
        try (IdIndex index = new IdIndex(budget, "ids", 1)) {
            index.ensure(2 * chunk, 0, 0);
            for (int i = 0; i < 2 * chunk; i++) {
                index.putNumber(i, 10L * i, 10);
            }
            index.endOfBatch();
            // All of the first chunk, two blocks of the second, half of a block.
            int dead = chunk + 2 * block + block / 2;
            for (int i = 0; i < dead; i++) {
                index.deleteNumber(i);
            }
            index.endOfBatch();
            long before = budget.usedBytes();
            index.forgetBehindFloor();
            assertThat(budget.usedBytes()).as("the floor is below the deaths").isEqualTo(before);

            index.floor(index.version());
            index.forgetBehindFloor();
            int blocks = chunk / block + 2;
            assertThat(before - budget.usedBytes()).isEqualTo(24L * block * blocks);
            assertThat(index.rows().givenUpRows()).isEqualTo((long) block * blocks);
            assertThat(index.idCount()).isEqualTo(2L * chunk - (long) block * blocks);
            assertThat(index.rows().payloadEnd(0)).isEqualTo(10L * block);
            assertThat(index.rows().payloadEnd(blocks * block - 1)).isEqualTo(10L * blocks * block);
            assertThat(index.find(PointId.of(0))).isEqualTo(RowTable.NONE);
            assertThat(index.find(PointId.of(dead - 1)))
                    .as("its block is not wholly dead")
                    .isEqualTo(dead - 1);
            assertThat(index.find(PointId.of(dead))).isEqualTo(dead);
            index.forgetBehindFloor();
            assertThat(before - budget.usedBytes()).as("a second time").isEqualTo(24L * block * blocks);

            put(index, PointId.of(0));
            assertThat(index.find(PointId.of(0))).isEqualTo(2 * chunk);
            assertThat(index.rows().previous(2 * chunk)).isEqualTo(RowTable.NONE);
            assertThat(index.rows().visibleAt(index.version()).accepts(0)).isFalse();
        }
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void forgetBehindFloor_textsOfIdsThatAreGone_giveTheirChunksBack() {
        int block = RowTable.BLOCK_ROWS;
        MemoryBudget budget = MemoryBudget.unlimited();
        try (IdIndex index = new IdIndex(budget, "ids", 1)) {
            for (int i = 0; i < 3 * block; i++) {
                put(index, longId(i));
            }
            index.endOfBatch();
            for (int i = 0; i < 2 * block; i++) {
                index.deleteText(text(longId(i)), 0, 100);
            }
            // One of them comes again, and lives in a later block.
            put(index, longId(5));
            index.endOfBatch();
            long before = budget.usedBytes();
            index.floor(index.version());
            index.forgetBehindFloor();
            // 102 bytes each, 642 to a chunk. The first has the text of one that came again, and the fourth some that
            // are alive.
            assertThat(before - budget.usedBytes()).isEqualTo(24L * 2 * block + (2L << 16));
            assertThat(index.find(longId(0))).isEqualTo(RowTable.NONE);
            assertThat(index.rows().id(index.find(longId(5)))).isEqualTo(longId(5));
            for (int i = 2 * block; i < 3 * block; i++) {
                assertThat(index.rows().id(index.find(longId(i)))).isEqualTo(longId(i));
            }
            put(index, longId(0));
            assertThat(index.rows().id(index.find(longId(0)))).isEqualTo(longId(0));
        }
        assertThat(budget.usedBytes()).isZero();
    }

    private static PointId longId(int number) {
        return PointId.of("%0100d".formatted(number));
    }

    private static byte[] text(PointId id) {
        return ((PointId.Text) id).value().getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    @Test
    void gap_ofManyRows_takesNoMemoryButOfItsEnds() {
        int chunk = 1 << Column.CHUNK_SHIFT;
        MemoryBudget budget = MemoryBudget.unlimited();
        try (IdIndex index = new IdIndex(budget, "ids", 1)) {
            index.state(3);
            put(index, PointId.of(7));
            long before = budget.usedBytes();
            int gap = 1_000 * chunk;
            index.gap(gap, 12_345);
            put(index, PointId.of(8));
            index.endOfBatch();
            int block = RowTable.BLOCK_ROWS;
            // The chunk of the first row keeps its block; that of the second lost nothing, and deaths of a thousand
            // chunks are counted in one.
            assertThat(budget.usedBytes() - before).isEqualTo(24L * chunk - 24L * (chunk - block));
            assertThat(index.rowCount()).isEqualTo(gap + 2);
            assertThat(index.liveCount()).isEqualTo(2);
            assertThat(index.rows().payloadEnd(gap)).isEqualTo(12_345);
            RowFilter live = index.rows().visibleAt(index.version());
            assertThat(live.accepts(0)).isTrue();
            assertThat(live.accepts(1)).isFalse();
            assertThat(live.accepts(gap / 2)).isFalse();
            assertThat(live.accepts(gap)).isFalse();
            assertThat(live.accepts(gap + 1)).isTrue();
            index.forgetBehindFloor();
            assertThat(index.rows().visibleAt(index.version()).acceptsNone(block, gap - block))
                    .isTrue();
        }
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void idMap_entriesTakenOutAtRandom_leaveEveryOtherWithinReach() {
        for (long seed = 1; seed <= 20; seed++) {
            Random random = new Random(seed);
            Map<Long, Integer> model = new HashMap<>();
            try (IdMap map = new IdMap(MemoryBudget.unlimited(), "ids")) {
                for (int step = 0; step < 4_000; step++) {
                    // Few homes, the last ones and the first: long runs that go round the end.
                    long hash = (random.nextInt(12) - 6L) << 54 | (long) random.nextInt(60) << 33;
                    long slot = slot(map, hash);
                    assertThat(map.isEmpty(slot) ? null : map.ordinal(slot)).isEqualTo(model.get(hash));
                    if (!map.isEmpty(slot) && random.nextInt(3) > 0) {
                        map.remove(slot);
                        model.remove(hash);
                    } else if (map.isEmpty(slot) && model.size() < 500) {
                        map.insert(slot, hash, step);
                        model.put(hash, step);
                    }
                    assertThat(map.size()).isEqualTo(model.size());
                }
                model.forEach((hash, ordinal) ->
                        assertThat(map.ordinal(slot(map, hash))).isEqualTo(ordinal));
            }
        }
    }

    private static long slot(IdMap map, long hash) {
        long slot = map.home(hash);
        while (!map.isEmpty(slot) && !map.mayMatch(slot, hash)) {
            slot = map.next(slot);
        }
        return slot;
    }

    @Test
    void ensure_refused_saysAllThatIsMissing() {
        MemoryBudget budget = new MemoryBudget(600 << 10);
        try (IdIndex index = new IdIndex(budget, "ids", 1)) {
            index.ensure(1, 0, 0);
            long before = budget.usedBytes();
            int chunk = 1 << Column.CHUNK_SHIFT;
            // A chunk more of four columns, and a map that holds as many ids when it is 70 % full.
            long needed = 24L * chunk + (8L << 15);
            assertThatThrownBy(() -> index.ensure(chunk + 1, 0, 0))
                    .isInstanceOfSatisfying(CapacityException.class, refused -> {
                        assertThat(refused.requested()).isEqualTo(needed - (budget.usedBytes() - before));
                        assertThat(refused.available()).isEqualTo(budget.availableBytes());
                    })
                    .hasMessageContaining("memory budget bytes for ids");
        }
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void headroom_ofTheBudget_isWhatIdsTakeNext() {
        MemoryBudget budget = new MemoryBudget(4 << 20);
        long least = budget.headroomBytes();
        try (IdIndex index = new IdIndex(budget, "ids", 1)) {
            index.ensure(1, 0, 0);
            long before = budget.usedBytes();
            long foreseen = budget.headroomBytes();
            assertThat(foreseen).isGreaterThan(least);
            index.ensure((1 << Column.CHUNK_SHIFT) + 1, 0, 0);
            long doubled = (8L << 15) - (8L << 10);
            assertThat(budget.usedBytes() - before).isEqualTo(foreseen - (8L << 11) + doubled);
        }
        assertThat(budget.headroomBytes()).isEqualTo(least);
    }

    private record State(int rowCount, int version, Map<PointId, Integer> points) {}

    private static void compareWithModel(IdIndex index, Random random, String seed, boolean forgetting) {
        Map<PointId, Integer> model = new HashMap<>();
        List<State> states = new ArrayList<>();
        int rows = 0;
        int batches = forgetting ? 200 : 60;
        for (int batch = 0; batch < batches; batch++) {
            int count = 1 + random.nextInt(1 << random.nextInt(9));
            Map<PointId, Integer> inBatch = new HashMap<>();
            for (int i = 0; i < count; i++) {
                PointId id = randomId(random);
                if (inBatch.putIfAbsent(id, i) != null) {
                    continue;
                }
                if (random.nextInt(3) == 0) {
                    if (model.remove(id) != null) {
                        delete(index, id);
                    }
                } else {
                    model.put(id, rows++);
                    put(index, id);
                }
            }
            index.endOfBatch();
            if (forgetting && batch % 10 == 9) {
                rows = putAgainAndForget(index, model, random);
                states.removeIf(state -> state.version < index.floor());
            }
            states.add(new State(rows, index.version(), Map.copyOf(model)));
            assertThat(index.rowCount()).isEqualTo(rows);
            assertThat(index.liveCount()).as(seed).isEqualTo(model.size());
        }
        for (State state : states) {
            checkState(index, state, seed);
        }
        assertThat(index.version()).as("batches and compactions").isLessThanOrEqualTo(batches + batches / 10);
    }

    /** As a compaction does: the live rows of most blocks are put again, and the floor is raised, not always to the newest state. */
    private static int putAgainAndForget(IdIndex index, Map<PointId, Integer> model, Random random) {
        int end = index.rowCount() * 4 / 5 / RowTable.BLOCK_ROWS * RowTable.BLOCK_ROWS;
        for (int row = 0; row < end; row++) {
            if (index.rows().isAlive(row)) {
                PointId id = index.rows().id(row);
                model.put(id, index.rowCount());
                put(index, id);
            }
        }
        index.endOfBatch();
        index.floor(Math.max(index.floor(), index.version() - random.nextInt(3)));
        index.forgetBehindFloor();
        return index.rowCount();
    }

    private static void checkState(IdIndex index, State state, String seed) {
        RowTable rows = index.rows();
        RowFilter live = rows.visibleAt(state.version);
        Map<PointId, Integer> seen = new HashMap<>();
        boolean all = true;
        for (int row = 0; row < state.rowCount; row++) {
            all &= live.accepts(row);
            if (live.accepts(row)) {
                seen.put(rows.id(row), row);
            }
        }
        assertThat(seen).as(seed).isEqualTo(state.points);
        assertThat(live.acceptsAll(0, state.rowCount) && !all).isFalse();
        state.points.forEach((id, row) -> {
            int found = index.find(id);
            while (found >= state.rowCount) {
                found = rows.previous(found);
            }
            assertThat(found).as(seed + " " + id).isEqualTo(row);
        });
    }

    private static PointId randomId(Random random) {
        long value = random.nextInt(1_500);
        return random.nextBoolean() ? PointId.of(value) : PointId.of("" + "x".repeat(random.nextInt(2) * 100) + value);
    }

    private static void put(IdIndex index, PointId id) {
        switch (id) {
            case PointId.Numeric number -> {
                index.ensure(1, 0, 0);
                index.putNumber(number.value(), 0, 0);
            }
            case PointId.Text text -> {
                byte[] bytes = text.value().getBytes(java.nio.charset.StandardCharsets.UTF_8);
                index.ensure(1, 1, bytes.length);
                index.putText(bytes, 0, bytes.length, 0, 0);
            }
        }
    }

    private static void delete(IdIndex index, PointId id) {
        switch (id) {
            case PointId.Numeric number -> index.deleteNumber(number.value());
            case PointId.Text text -> {
                byte[] bytes = text.value().getBytes(java.nio.charset.StandardCharsets.UTF_8);
                index.deleteText(bytes, 0, bytes.length);
            }
        }
    }

    @Test
    void compareIds_isTheOrderOfPointIds() {
        Random random = new Random(3);
        try (IdIndex index = new IdIndex(MemoryBudget.unlimited(), "ids", 0)) {
            for (int i = 0; i < 300; i++) {
                put(index, random.nextBoolean() ? PointId.of(random.nextLong()) : PointId.of(word(random)));
            }
            index.endOfBatch();
            RowTable rows = index.rows();
            for (int a = 0; a < 300; a++) {
                for (int b = 0; b < 300; b++) {
                    assertThat(Integer.signum(rows.compareIds(a, b)))
                            .isEqualTo(Integer.signum(rows.id(a).compareTo(rows.id(b))));
                }
            }
        }
    }

    private static String word(Random random) {
        StringBuilder word = new StringBuilder();
        for (int n = 1 + random.nextInt(3); n > 0; n--) {
            word.append("ab\u00e4\uFFFD".charAt(random.nextInt(4)));
        }
        return word.toString();
    }

    @Test
    void floor_belowTheLastOrAboveTheVersion_isRefused() {
        try (IdIndex index = new IdIndex(MemoryBudget.unlimited(), "ids", 0)) {
            for (int times = 0; times < 4; times++) {
                put(index, PointId.of(1));
                index.endOfBatch();
            }
            index.floor(2);
            index.floor(2);
            for (long wrong : new long[] {1, 4, -1, 1L << 32 | 2}) {
                assertThatThrownBy(() -> index.floor(wrong))
                        .isInstanceOf(CorruptionException.class)
                        .hasMessageContaining("allowed: 2..3");
            }
            assertThat(index.floor()).isEqualTo(2);
            index.floor(3);
            assertThat(index.floor()).isEqualTo(3);
        }
    }

    @Test
    void acceptsNone_ofBlocksThatWereGivenUp_onlyForStatesNotBelowTheFloor() {
        try (IdIndex index = new IdIndex(MemoryBudget.unlimited(), "ids", 0)) {
            for (int i = 0; i < 5_000; i++) {
                put(index, PointId.of(i));
            }
            index.endOfBatch();
            for (int i = 1_024; i < 3_072; i++) {
                index.deleteNumber(i);
            }
            index.endOfBatch();
            for (int i = 4_096; i < 5_000; i++) {
                index.deleteNumber(i);
            }
            index.endOfBatch();
            RowTable rows = index.rows();
            RowFilter earlier = rows.visibleAt(2);
            rows.giveUp(1, 5_000);
            assertThat(rows.givenUpRows()).isEqualTo(2_048);
            assertThat(rows.visibleAt(1).acceptsNone(1_024, 2_048)).isTrue();
            assertThat(rows.visibleAt(2).acceptsNone(1_500, 100)).isTrue();
            assertThat(rows.visibleAt(2).acceptsNone(1_000, 100)).isFalse();
            assertThat(rows.visibleAt(2).acceptsNone(2_048, 1_025)).isFalse();
            assertThat(rows.visibleAt(0).acceptsNone(1_024, 2_048))
                    .as("a state that sees them")
                    .isFalse();
            assertThat(earlier.acceptsNone(1_024, 2_048)).isFalse();
            rows.giveUp(2, 5_000);
            assertThat(rows.givenUpRows()).as("the last block is not full").isEqualTo(2_048);
        }
    }

    @Test
    void acceptsAll_overABlockWithADeath_isFalseAndElsewhereTrue() {
        try (IdIndex index = new IdIndex(MemoryBudget.unlimited(), "ids", 0)) {
            for (int i = 0; i < 5_000; i++) {
                put(index, PointId.of(i));
            }
            index.endOfBatch();
            assertThat(index.version()).isZero();
            index.deleteNumber(2_500);
            index.endOfBatch();
            RowFilter live = index.rows().visibleAt(index.version());
            assertThat(live.acceptsAll(0, 2_048)).isTrue();
            assertThat(live.acceptsAll(0, 2_049)).isFalse();
            assertThat(live.acceptsAll(3_072, 1_928)).isTrue();
            assertThat(live.accepts(2_500)).isFalse();
            assertThat(index.rows().visibleAt(0).accepts(2_500))
                    .as("an older snapshot still sees it")
                    .isTrue();
        }
    }

    @Test
    void payload_atItsLimits_isRemembered() {
        try (IdIndex index = new IdIndex(MemoryBudget.unlimited(), "ids", 0)) {
            index.ensure(3, 0, 0);
            index.putNumber(1, 0, 2);
            index.putNumber(2, (1L << 44) - 1, 1 << 20);
            index.putNumber(3, 77, 0);
            RowTable rows = index.rows();
            assertThat(rows.payloadLength(0)).isEqualTo(2);
            assertThat(rows.payloadOffset(0)).isZero();
            assertThat(rows.payloadLength(1)).isEqualTo(1 << 20);
            assertThat(rows.payloadOffset(1)).isEqualTo((1L << 44) - 1);
            assertThat(rows.hasPayload(2)).isFalse();
            assertThat(rows.payloadLength(2)).isZero();
        }
    }

    @Test
    void ensure_beyondTheBudget_throwsAndChangesNothing() {
        MemoryBudget budget = new MemoryBudget(600 * 1024);
        try (IdIndex index = new IdIndex(budget, "ids", 0)) {
            put(index, PointId.of(1));
            assertThatThrownBy(() -> index.ensure(1_000_000, 0, 0)).isInstanceOf(CapacityException.class);
            assertThat(index.rowCount()).isEqualTo(1);
            put(index, PointId.of(2));
            assertThat(index.find(PointId.of(1))).isZero();
            assertThat(index.find(PointId.of(2))).isEqualTo(1);
        }
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void delete_ofAnIdThatIsNotThere_isCorruption() {
        try (IdIndex index = new IdIndex(MemoryBudget.unlimited(), "ids", 0)) {
            assertThatThrownBy(() -> index.deleteNumber(5)).isInstanceOf(CorruptionException.class);
            put(index, PointId.of(5));
            index.deleteNumber(5);
            assertThatThrownBy(() -> index.deleteNumber(5)).isInstanceOf(CorruptionException.class);
        }
    }
}
