package io.vexel.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CorruptionException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BTreeTest {

    /** Collects problems and the blocks and entries of a tree. */
    private static final class Collected implements TreeVerifier.Findings {
        private final List<String> problems = new ArrayList<>();
        private final Set<Long> nodes = new HashSet<>();
        private int entries;

        @Override
        public boolean node(long block, int level) {
            if (!nodes.add(block)) {
                problems.add("twice " + block);
                return false;
            }
            return true;
        }

        @Override
        public void entry(BTree.Entry entry) {
            entries++;
        }

        @Override
        public void problem(long block, String text) {
            problems.add(block + ": " + text);
        }
    }

    private static Collected verify(ArrayTreeBlocks blocks, BTree tree) {
        Collected found = new Collected();
        new TreeVerifier(blocks, found).verify(tree.root(), tree.height());
        return found;
    }

    private static byte[] bytes(MemorySegment segment) {
        return segment.toArray(Layouts.U8);
    }

    private static byte[] value(SplittableRandom random, int max) {
        byte[] value = new byte[random.nextInt(4) == 0 ? random.nextInt(max + 1) : random.nextInt(Math.min(max, 40))];
        random.nextBytes(value);
        return value;
    }

    private static TreeMap<Long, byte[]> unsignedMap() {
        return new TreeMap<>(Long::compareUnsigned);
    }

    @ParameterizedTest
    @ValueSource(ints = {1024, 2048, 4096, 65536})
    void changes_random_matchTreeMap(int blockSize) {
        for (long seed = 1; seed <= 6; seed++) {
            model(blockSize, seed, seed % 2 == 0 ? 400 : 100_000);
        }
    }

    private static void model(int blockSize, long seed, int keyRange) {
        SplittableRandom random = new SplittableRandom(seed);
        ArrayTreeBlocks blocks = new ArrayTreeBlocks(blockSize);
        BTree tree = new BTree(blocks, 0, 0);
        TreeMap<Long, byte[]> model = unsignedMap();
        int steps = 12_000;
        for (int step = 0; step < steps; step++) {
            // Reopened each time, as the file system does.
            tree = new BTree(blocks, tree.root(), tree.height());
            long key = key(random, keyRange);
            // Grows for the first half and shrinks in the second, so that all levels come and go.
            if (random.nextInt(100) < (step < steps / 2 ? 70 : 25)) {
                byte[] value = value(random, tree.maxValueBytes());
                boolean fresh = tree.put(key, MemorySegment.ofArray(value));
                assertThat(fresh).as("seed=%d step=%d", seed, step).isEqualTo(model.put(key, value) == null);
            } else {
                Long near = random.nextBoolean() ? model.ceilingKey(key) : Long.valueOf(key);
                long victim = near == null ? key : near;
                assertThat(tree.remove(victim))
                        .as("seed=%d step=%d", seed, step)
                        .isEqualTo(model.remove(victim) != null);
            }
            compare(tree, model, key, "seed=" + seed + " step=" + step);
            if (step % 997 == 0) {
                compareAll(blocks, tree, model, "seed=" + seed + " step=" + step);
            }
        }
        compareAll(blocks, tree, model, "seed=" + seed);
        for (Long key : new ArrayList<>(model.keySet())) {
            assertThat(tree.remove(key)).isTrue();
        }
        assertThat(tree.height()).isZero();
        assertThat(blocks.live).isEmpty();
    }

    /** Both ends of the unsigned range, and the middle where the sign changes. */
    private static long key(SplittableRandom random, int range) {
        long near = random.nextInt(range);
        return switch (random.nextInt(4)) {
            case 0 -> -1 - near;
            case 1 -> Long.MIN_VALUE + near - range / 2;
            default -> near;
        };
    }

    private static void compare(BTree tree, TreeMap<Long, byte[]> model, long key, String context) {
        byte[] expected = model.get(key);
        Optional<MemorySegment> found = tree.get(key);
        assertThat(found.isPresent()).as(context).isEqualTo(expected != null);
        found.ifPresent(value -> assertThat(bytes(value)).as(context).isEqualTo(expected));
        Map.Entry<Long, byte[]> floor = model.floorEntry(key);
        Optional<BTree.Entry> below = tree.floor(key);
        assertThat(below.map(BTree.Entry::key))
                .as(context)
                .isEqualTo(Optional.ofNullable(floor).map(Map.Entry::getKey));
        below.ifPresent(entry -> assertThat(bytes(entry.value())).as(context).isEqualTo(floor.getValue()));
    }

    private static void compareAll(ArrayTreeBlocks blocks, BTree tree, TreeMap<Long, byte[]> model, String context) {
        Collected found = verify(blocks, tree);
        assertThat(found.problems).as(context).isEmpty();
        assertThat(found.nodes).as(context).isEqualTo(blocks.live.keySet());
        assertThat(found.entries).as(context).isEqualTo(model.size());
        for (long from : new long[] {0, 5_000, Long.MIN_VALUE, -200}) {
            List<Long> keys = new ArrayList<>();
            tree.scan(from, (key, value) -> {
                keys.add(key);
                assertThat(bytes(value)).as(context).isEqualTo(model.get(key));
                return keys.size() < 2_000;
            });
            assertThat(keys)
                    .as(context)
                    .isEqualTo(
                            model.tailMap(from).keySet().stream().limit(2_000).toList());
        }
    }

    @Test
    void put_ascendingKeys_fillsNodesToTheBrim() {
        ArrayTreeBlocks blocks = new ArrayTreeBlocks(1024);
        BTree tree = new BTree(blocks, 0, 0);
        MemorySegment value = MemorySegment.ofArray(new byte[16]);
        int count = 100_000;
        for (long key = 0; key < count; key++) {
            tree.put(key, value);
        }
        long perLeaf = TreeNode.capacity(1024) / 32;
        assertThat((long) blocks.live.size()).isLessThan(count / perLeaf * 105 / 100);
        assertThat(verify(blocks, tree).problems).isEmpty();
    }

    @Test
    void put_largestValuesAtTheWorstPlaces_alwaysFits() {
        ArrayTreeBlocks blocks = new ArrayTreeBlocks(1024);
        BTree tree = new BTree(blocks, 0, 0);
        SplittableRandom random = new SplittableRandom(11);
        for (int i = 0; i < 20_000; i++) {
            int length = random.nextBoolean() ? tree.maxValueBytes() : random.nextInt(3);
            tree.put(random.nextInt(3_000), MemorySegment.ofArray(new byte[length]));
        }
        assertThat(verify(blocks, tree).problems).isEmpty();
    }

    @Test
    void innerNode_splitRightAtTheNewSlot_keepsItsKeys() {
        for (long seed = 0; seed < 20; seed++) {
            ArrayTreeBlocks blocks = new ArrayTreeBlocks(1024);
            BTree tree = new BTree(blocks, 0, 0);
            SplittableRandom random = new SplittableRandom(seed);
            for (int i = 0; i < 4_000; i++) {
                tree.put(random.nextLong(), MemorySegment.ofArray(new byte[tree.maxValueBytes()]));
            }
            assertThat(verify(blocks, tree).problems).as("seed=" + seed).isEmpty();
        }
    }

    @Test
    void put_tooLargeValue_isRefused() {
        BTree tree = new BTree(new ArrayTreeBlocks(1024), 0, 0);
        assertThatThrownBy(() -> tree.put(1, MemorySegment.ofArray(new byte[273])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("value.byteSize=273, allowed: 0..272");
        assertThat(tree.height()).isZero();
    }

    @Test
    void remove_everyKey_freesEveryBlock() {
        ArrayTreeBlocks blocks = new ArrayTreeBlocks(1024);
        BTree tree = new BTree(blocks, 0, 0);
        for (long key = 0; key < 5_000; key++) {
            tree.put(Layouts.mix64(key), MemorySegment.ofArray(new byte[30]));
        }
        assertThat(tree.height()).isGreaterThan(2);
        for (long key = 0; key < 5_000; key++) {
            assertThat(tree.remove(Layouts.mix64(key))).isTrue();
        }
        assertThat(blocks.live).isEmpty();
        assertThat(tree.get(0)).isEmpty();
        assertThat(tree.floor(-1)).isEmpty();
    }

    @Test
    void open_impossibleHeight_isCorruption() {
        ArrayTreeBlocks blocks = new ArrayTreeBlocks(1024);
        assertThatThrownBy(() -> new BTree(blocks, 5, -1)).isInstanceOf(CorruptionException.class);
        assertThatThrownBy(() -> new BTree(blocks, 5, 0)).isInstanceOf(CorruptionException.class);
        assertThatThrownBy(() -> new BTree(blocks, 0, 1)).isInstanceOf(CorruptionException.class);
        assertThatThrownBy(() -> new BTree(blocks, 5, 25)).isInstanceOf(CorruptionException.class);
    }

    /** Whatever bytes a node has, an operation ends with a result or with CorruptionException, and soon. */
    @Test
    void operations_damagedNodes_throwNothingButCorruption() {
        int refused = 0;
        for (long seed = 0; seed < 4_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            ArrayTreeBlocks blocks = new ArrayTreeBlocks(1024);
            BTree tree = new BTree(blocks, 0, 0);
            for (int i = 0; i < 150; i++) {
                tree.put(random.nextInt(1_000), MemorySegment.ofArray(value(random, 60)));
            }
            damage(blocks, random);
            try {
                exercise(tree, random);
            } catch (CorruptionException e) {
                refused++;
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed=" + seed, e);
            }
            verify(blocks, tree);
        }
        assertThat(refused).isGreaterThan(400);
    }

    private static void damage(ArrayTreeBlocks blocks, SplittableRandom random) {
        List<Long> numbers = new ArrayList<>(blocks.live.keySet());
        numbers.sort(null);
        int hits = 1 + random.nextInt(4);
        for (int i = 0; i < hits; i++) {
            byte[] block = blocks.live.get(numbers.get(random.nextInt(numbers.size())));
            switch (random.nextInt(4)) {
                case 0 -> block[TreeNode.LEVEL_AT + random.nextInt(16)] = (byte) random.nextInt(256);
                case 1 -> block[TreeNode.SLOTS_AT + random.nextInt(160)] ^= (byte) (1 << random.nextInt(8));
                case 2 -> Arrays.fill(block, BlockHeader.BYTES + random.nextInt(900), 1024, (byte) random.nextInt(256));
                default ->
                    System.arraycopy(
                            blocks.live.get(numbers.get(random.nextInt(numbers.size()))), 0, block, 0, block.length);
            }
        }
    }

    private static void exercise(BTree tree, SplittableRandom random) {
        tree.scan(0, (_, value) -> value.byteSize() >= 0);
        for (int i = 0; i < 60; i++) {
            long key = random.nextInt(1_000);
            switch (random.nextInt(4)) {
                case 0 -> tree.get(key);
                case 1 -> tree.floor(key);
                case 2 -> tree.remove(key);
                default -> tree.put(key, MemorySegment.ofArray(value(random, 256)));
            }
        }
    }

    @Test
    void verify_everyKindOfDamage_isSeen() {
        long seed = 5;
        SplittableRandom random = new SplittableRandom(seed);
        ArrayTreeBlocks blocks = new ArrayTreeBlocks(1024);
        BTree tree = new BTree(blocks, 0, 0);
        for (int i = 0; i < 600; i++) {
            tree.put(i * 3L, MemorySegment.ofArray(new byte[1 + random.nextInt(40)]));
        }
        for (long block : List.copyOf(blocks.live.keySet())) {
            byte[] good = blocks.live.get(block).clone();
            TreeNode node = TreeNode.view(block, blocks.modify(block), good[TreeNode.LEVEL_AT]);
            for (int at = TreeNode.LEVEL_AT; at < TreeNode.SLOTS_AT - 4; at++) {
                blocks.live.get(block)[at] ^= 1;
                Collected found = verify(blocks, tree);
                // An inner node with a child fewer is a valid one: only what is missing tells.
                assertThat(found.problems.isEmpty() && found.entries == 600)
                        .as("seed=%d block=%d byte=%d", seed, block, at)
                        .isFalse();
                System.arraycopy(good, 0, blocks.live.get(block), 0, good.length);
            }
            assertThat(node.count()).isGreaterThan(1);
            blocks.live.get(block)[TreeNode.SLOTS_AT + 2] ^= 1;
            assertThat(verify(blocks, tree).problems)
                    .as("seed=%d block=%d key", seed, block)
                    .isNotEmpty();
            System.arraycopy(good, 0, blocks.live.get(block), 0, good.length);
        }
        assertThat(verify(blocks, tree).problems).isEmpty();
    }
}
