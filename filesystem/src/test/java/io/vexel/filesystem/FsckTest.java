package io.vexel.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CorruptionException;
import io.vexel.base.VexelException;
import io.vexel.device.DeviceAccess;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.DiskImage;
import io.vexel.testkit.Fault;
import io.vexel.testkit.FaultRule;
import io.vexel.testkit.SimulatedClock;
import io.vexel.testkit.SimulatedDevice;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FsckTest {

    private static final long SEED = 17;
    private static final MountOptions WRITE = new MountOptions(false, MemoryBudget.unlimited(), new SimulatedClock());
    private static final MountOptions READ = new MountOptions(true, MemoryBudget.unlimited(), new SimulatedClock());

    private static DiskImage populated = null;
    private static DiskImage older = null;

    /** A closed volume with a directory of several levels, a file of many extents, links, and files of both kinds. */
    private static synchronized DiskImage populated() {
        if (populated == null) {
            SimulatedDevice device = formatted(1024);
            try (FileSystem volume = FileSystem.open(new UnclosedDevice(device), WRITE)) {
                populate(volume);
            }
            older = device.image();
            try (FileSystem volume = FileSystem.open(new UnclosedDevice(device), WRITE)) {
                touchAll(volume);
            }
            populated = device.image();
        }
        return populated.copy();
    }

    private static SimulatedDevice formatted(int blockSize) {
        SimulatedDevice device = SimulatedDevice.zeros(17L << 20, SEED).withoutLog();
        Mkfs.format(
                device,
                FormatOptions.defaults().withBlockSize(blockSize).withIdentity(new UUID(1, 2), SEED),
                new SimulatedClock());
        return device;
    }

    private static void populate(FileSystem volume) {
        for (int batch = 0; batch < 12; batch++) {
            int from = batch * 10;
            volume.update(transaction -> {
                long directory = from == 0
                        ? transaction.createDirectory(FileSystem.ROOT, "many")
                        : volume.lookup(FileSystem.ROOT, "many").orElseThrow().inode();
                for (int i = from; i < from + 10; i++) {
                    transaction.createFile(directory, "a file with quite a long name " + i, FileKind.REGULAR);
                }
            });
        }
        for (String name : List.of("first", "second")) {
            volume.update(transaction -> transaction.createFile(FileSystem.ROOT, name, FileKind.REGULAR));
        }
        // Written by turns, so that neither lies in one piece.
        for (int i = 0; i < 90; i++) {
            for (String name : List.of("first", "second")) {
                long offset = i * 2048L;
                write(volume, name, offset, 700 + i);
            }
        }
        volume.update(transaction -> {
            long inode = transaction.createFile(FileSystem.ROOT, "vectors", FileKind.VECTOR);
            transaction.write(inode, 0, MemorySegment.ofArray(new byte[50_000]).fill((byte) 3));
            transaction.link(inode, FileSystem.ROOT, "the same vectors");
            long inner = transaction.createDirectory(FileSystem.ROOT, "outer");
            transaction.createDirectory(inner, "inner");
        });
    }

    private static void write(FileSystem volume, String name, long offset, int length) {
        byte[] bytes = new byte[length];
        new SplittableRandom(offset).nextBytes(bytes);
        volume.update(transaction -> transaction.write(
                volume.lookup(FileSystem.ROOT, name).orElseThrow().inode(), offset, MemorySegment.ofArray(bytes)));
    }

    /** Changes most metadata blocks once more, so that there are stale ones to go back to. */
    private static void touchAll(FileSystem volume) {
        long many = volume.lookup(FileSystem.ROOT, "many").orElseThrow().inode();
        List<DirectoryEntry> entries = volume.list(many, java.util.Optional.empty(), 1_000);
        for (DirectoryEntry entry : entries) {
            volume.update(transaction -> {
                transaction.rename(many, entry.name(), many, entry.name() + "!");
                transaction.write(entry.inode(), 0, MemorySegment.ofArray(new byte[] {1, 2, 3}));
            });
        }
        write(volume, "first", 400_000, 5);
        write(volume, "second", 400_000, 5);
    }

    private static FsckReport check(DiskImage image) {
        SimulatedDevice device = new SimulatedDevice(image, SEED, DeviceAccess.READ_ONLY, new SimulatedClock());
        return Fsck.check(device, FsckOptions.defaults());
    }

    /** Mounts, reads everything, unmounts: nothing but an operating error may come out, whatever the medium holds. */
    private static void requireNoCrash(DiskImage image, String context) {
        for (MountOptions options : List.of(READ, WRITE)) {
            SimulatedDevice device = new SimulatedDevice(image, SEED).withoutLog();
            try (FileSystem volume = FileSystem.open(device, options)) {
                VolumeText.of(volume);
            } catch (VexelException e) {
                continue;
            } catch (RuntimeException | Error e) {
                throw new AssertionError(context, e);
            }
        }
    }

    @Test
    void check_soundVolume_isClean() {
        FsckReport report = check(populated());
        assertThat(report.findings()).isEmpty();
        assertThat(report.clean()).isTrue();
        assertThat(report.exitCode()).isZero();
        assertThat(report.files()).isEqualTo(123);
        assertThat(report.directories()).isEqualTo(4);
        try (FileSystem volume = FileSystem.open(new SimulatedDevice(populated(), 1), READ)) {
            assertThat(report.totalBlocks() - report.usedBlocks())
                    .isEqualTo(volume.info().freeBlocks());
            FileStat many = volume.stat(
                    volume.lookup(FileSystem.ROOT, "many").orElseThrow().inode());
            assertThat(many.blocks()).as("blocks of the large directory").isGreaterThan(4);
            Tamper tamper = new Tamper(populated());
            long first = volume.lookup(FileSystem.ROOT, "first").orElseThrow().inode();
            assertThat(tamper.inode(first).get(Layouts.U32, InodeLayout.FLAGS_AT) & InodeLayout.FLAG_EXTENT_TREE)
                    .as("the first file has an extent tree")
                    .isNotZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1024, 2048, 4096, 8192, 16384, 32768, 65536})
    void check_everyBlockSize_isClean(int blockSize) {
        SimulatedDevice device = formatted(blockSize);
        assertThat(check(device.image()).findings()).isEmpty();
        FileSystem volume = FileSystem.open(new UnclosedDevice(device), WRITE);
        populate(volume);
        volume.detach();
        FsckReport dirty = check(device.image());
        assertThat(dirty.clean()).as("%s", dirty.findings()).isTrue();
        assertThat(dirty.notes()).isPositive();
        FileSystem.open(new UnclosedDevice(device), WRITE).close();
        assertThat(check(device.image()).findings()).isEmpty();
    }

    @Test
    void check_everyMetadataBlockDamaged_findsEach() {
        Tamper tamper = new Tamper(populated());
        List<Long> blocks = tamper.metadataBlocks();
        assertThat(blocks.size()).isGreaterThan(60);
        for (int i = 0; i < blocks.size(); i++) {
            long block = blocks.get(i);
            byte[] good = tamper.bytes(block);
            long other = blocks.get((i + 1) % blocks.size());
            damaged(block, "zeros", new byte[good.length]);
            byte[] flipped = good.clone();
            flipped[(int) (Layouts.mix64(block) & (good.length - 1))] ^= 4;
            damaged(block, "a flipped bit", flipped);
            damaged(block, "the contents of block " + other, tamper.bytes(other));
            byte[] stale = older.bytes(tamper.geometry.offset(block), good.length);
            if (!java.util.Arrays.equals(stale, good)) {
                damaged(block, "a version of before", stale);
            }
        }
    }

    private static void damaged(long block, String how, byte[] bytes) {
        DiskImage image = populated();
        image.put(block * bytes.length, bytes);
        String context = "block " + block + " holds " + how;
        FsckReport report = check(image);
        assertThat(report.clean()).as(context).isFalse();
        assertThat(report.exitCode()).as(context).isIn(FsckReport.EXIT_ERRORS, FsckReport.EXIT_OPERATIONAL);
        requireNoCrash(image, context);
    }

    @Test
    void check_superblockDamaged_isFoundAndACopyUsed() {
        Tamper tamper = new Tamper(populated());
        List<Long> places = new ArrayList<>(List.of(0L));
        places.addAll(tamper.geometry.copies);
        assertThat(places.size()).isGreaterThan(1);
        for (long block : places) {
            DiskImage image = populated();
            image.flipBit(block * 1024 + 100, 3);
            FsckReport report = check(image);
            assertThat(report.complete()).isTrue();
            assertThat(report.errors())
                    .as("block %d: %s", block, report.findings())
                    .isOne();
            requireNoCrash(image, "superblock at " + block);
        }
        DiskImage none = populated();
        places.forEach(block -> none.put(block * 1024, new byte[4096]));
        FsckReport report = check(none);
        assertThat(report.complete()).isFalse();
        assertThat(report.exitCode()).isEqualTo(FsckReport.EXIT_OPERATIONAL);
        assertThat(report.findings()).last().asString().contains("no superblock");
    }

    @Test
    void check_journalHeaderDamaged_isSaid() {
        Tamper tamper = new Tamper(populated());
        DiskImage both = populated();
        for (int slot = 0; slot < 2; slot++) {
            long offset = Journal.slotOffset(tamper.geometry, slot);
            DiskImage image = populated();
            image.flipBit(offset + 20, 1);
            both.flipBit(offset + 20, 1);
            assertThat(check(image).findings()).asString().contains("journal header slot " + slot + " is not valid");
            requireNoCrash(image, "slot " + slot);
        }
        assertThat(check(both).complete()).isFalse();
        requireNoCrash(both, "both slots");
    }

    @Test
    void check_unreadableBlocks_areFoundOneByOne() {
        DiskImage image = populated();
        Tamper tamper = new Tamper(populated());
        long vectors = inodeOf("vectors");
        long physical = tamper.inode(vectors).get(Layouts.U64, InodeLayout.EXTENTS_AT + InodeLayout.EXTENT_PHYSICAL_AT);
        SimulatedDevice device = new SimulatedDevice(image, SEED);
        device.inject(FaultRule.onRange(Fault.READ_ERROR, tamper.geometry.offset(physical + 3), 1024));
        FsckReport report = Fsck.check(device, FsckOptions.defaults());
        assertThat(report.errors()).isOne();
        assertThat(report.findings().getFirst().block()).hasValue(physical + 3);
        assertThat(Fsck.check(device, FsckOptions.defaults().withScope(FsckScope.METADATA))
                        .clean())
                .isTrue();
    }

    private static long inodeOf(String name) {
        try (FileSystem volume = FileSystem.open(new SimulatedDevice(populated(), 1), READ)) {
            return volume.lookup(FileSystem.ROOT, name).orElseThrow().inode();
        }
    }

    private static void finds(String text, Consumer<Tamper> change) {
        Tamper tamper = new Tamper(populated());
        change.accept(tamper);
        FsckReport report = check(tamper.image);
        assertThat(report.findings()).as(text).asString().contains(text);
        assertThat(report.clean()).isFalse();
        requireNoCrash(tamper.image, text);
    }

    private static Consumer<MemorySegment> add64(int at, long change) {
        return bytes -> bytes.set(Layouts.U64, at, bytes.get(Layouts.U64, at) + change);
    }

    private static Consumer<MemorySegment> add32(int at, int change) {
        return bytes -> bytes.set(Layouts.U32, at, bytes.get(Layouts.U32, at) + change);
    }

    @Test
    void check_inodesThatLie_areFound() {
        long first = inodeOf("first");
        long vectors = inodeOf("vectors");
        long many = inodeOf("many");
        long inner = inodeOf("outer");
        finds("entries and has", t -> t.changeInode(many, add64(InodeLayout.SIZE_AT, 1)));
        finds("blocks and holds", t -> t.changeInode(first, add64(InodeLayout.BLOCKS_AT, -1)));
        finds("counts 3 links and has 2", t -> t.changeInode(vectors, add32(InodeLayout.LINKS_AT, 1)));
        finds("another kind", t -> t.changeInode(vectors, b -> b.set(Layouts.U16, InodeLayout.KIND_AT, (short) 2)));
        finds("unknown kind 9", t -> t.changeInode(vectors, b -> b.set(Layouts.U16, InodeLayout.KIND_AT, (short) 9)));
        finds("unknown permission", t -> t.changeInode(first, b -> b.set(Layouts.U16, 2, (short) 0x7000)));
        finds("unknown flags", t -> t.changeInode(first, add32(InodeLayout.FLAGS_AT, 64)));
        finds("has the parent", t -> t.changeInode(inner, add64(InodeLayout.PARENT_AT, 1)));
        finds("extended attributes", t -> t.changeInode(first, add64(InodeLayout.ATTRIBUTES_AT, 5)));
        finds(
                "with a root or a height only",
                t -> t.changeInode(first, b -> b.set(Layouts.U32, InodeLayout.TREE_HEIGHT_AT, 0)));
        finds("no links and is not on the orphan list", t -> t.changeInode(first, b -> b.set(Layouts.U32, 4, 0)));
        finds("is marked used and holds nothing", t -> t.changeInode(first, b -> b.fill((byte) 0)));
        finds("inline extents", t -> t.changeInode(vectors, b -> b.set(Layouts.U32, InodeLayout.EXTENT_COUNT_AT, 6)));
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MIN_VALUE, -8791026472627207292L, InodeLayout.MAX_SIZE + 1, Long.MAX_VALUE})
    void inode_sizeThatNoFileHas_isFoundAndRefused(long size) {
        long vectors = inodeOf("vectors");
        Consumer<Tamper> lie = t -> t.changeInode(vectors, b -> b.set(Layouts.U64, InodeLayout.SIZE_AT, size));
        finds("the size " + size, lie);
        Tamper tamper = new Tamper(populated());
        lie.accept(tamper);
        try (FileSystem volume = FileSystem.open(new SimulatedDevice(tamper.image, SEED).withoutLog(), WRITE)) {
            assertThatThrownBy(() -> volume.stat(vectors))
                    .isInstanceOf(CorruptionException.class)
                    .hasMessageContaining("size=" + size);
            MemorySegment target = MemorySegment.ofArray(new byte[10]);
            assertThatThrownBy(() -> volume.read(vectors, 0, target)).isInstanceOf(CorruptionException.class);
        }
    }

    @Test
    void check_extentsThatLie_areFound() {
        long vectors = inodeOf("vectors");
        long many = inodeOf("many");
        int physical = InodeLayout.EXTENTS_AT + InodeLayout.EXTENT_PHYSICAL_AT;
        finds("is held already", t -> {
            long root = t.inode(many).get(Layouts.U64, InodeLayout.TREE_ROOT_AT);
            t.changeInode(vectors, b -> b.set(Layouts.U64, physical, root));
        });
        finds("outside of the data area", t -> t.changeInode(vectors, b -> b.set(Layouts.U64, physical, 3)));
        finds("outside of the data area", t -> t.changeInode(vectors, b -> b.set(Layouts.U64, physical, -1)));
        finds("an extent at", t -> t.changeInode(vectors, b -> b.set(Layouts.U64, InodeLayout.EXTENTS_AT, -1)));
        finds(
                "superblock's copies",
                t -> t.changeInode(vectors, b -> {
                    b.set(Layouts.U64, physical, t.geometry.copies.getLast());
                    b.set(Layouts.U32, InodeLayout.EXTENTS_AT + InodeLayout.EXTENT_LENGTH_AT, 1);
                }));
        finds(
                "overlap",
                t -> t.changeInode(vectors, b -> {
                    b.set(Layouts.U32, InodeLayout.EXTENT_COUNT_AT, 2);
                    MemorySegment.copy(
                            b, InodeLayout.EXTENTS_AT, b, InodeLayout.EXTENTS_AT + InodeLayout.EXTENT_BYTES, 24);
                }));
        finds(
                "something behind its end",
                t -> t.changeInode(vectors, b -> b.set(Layouts.U64, InodeLayout.SIZE_AT, 100)));
    }

    @Test
    void check_countsAndBitmapsThatLie_areFound() {
        finds(
                "marked free and in use",
                t -> t.change(t.geometry.blockBitmapBlock(0, 0), b -> b.set(Layouts.U8, 0, (byte) 0)));
        finds("held by nobody", t -> {
            long last = t.geometry.metadataEnd + 9_000;
            int index = (int) (last / 8);
            t.change(
                    t.geometry.blockBitmapBlock(0, index),
                    b -> b.set(Layouts.U8, t.geometry.blockBitmapOffset(0, index), (byte) 4));
        });
        finds(
                "free inodes, its bitmap",
                t -> t.change(t.geometry.inodeBitmapBlock(0, 0), b -> b.set(Layouts.U8, 100, (byte) 1)));
        finds(
                "is marked free and holds",
                t -> t.change(t.geometry.inodeBitmapBlock(0, 0), b -> b.set(Layouts.U8, 1, (byte) 0)));
        finds("free blocks, its bitmap", t -> t.change(t.geometry.groupBlock(0), add32(t.geometry.groupOffset(0), 1)));
        finds(
                "free blocks, its groups",
                t -> t.change(t.geometry.regions.state().start(), add64(StateLayout.FREE_BLOCKS_AT, 1)));
        finds("unknown flags", t -> t.change(t.geometry.groupBlock(0), add32(t.geometry.groupOffset(0) + 8, 64)));
        finds("nothing holds", t -> t.setCheckEntry(t.freeBlock(), 5L << 32 | 7));
        finds("stands for a block that has none", t -> t.setCheckEntry(t.uncoveredBlock(), 5L << 32 | 7));
        finds("another commit", t -> t.change(t.geometry.regions.state().start(), add64(StateLayout.COMMIT_AT, 1)));
        finds(
                "damaged or not the ones written last",
                t -> t.change(t.geometry.regions.state().start(), add64(StateLayout.DIGEST_AT, 1)));
    }

    @Test
    void check_namesThatLie_areFound() {
        long many = inodeOf("many");
        long outer = inodeOf("outer");
        finds("not in use", t -> firstEntry(t, outer, value -> value.set(Layouts.U64, 0, 4_000L)));
        finds("another kind", t -> firstEntry(t, outer, value -> value.set(Layouts.U8, 8, (byte) 2)));
        finds("under the wrong hash", t -> firstEntry(t, outer, value -> value.set(Layouts.U8, 10, (byte) 'j')));
        finds("impossible name", t -> firstEntry(t, outer, value -> value.set(Layouts.U8, 10, (byte) '/')));
        finds("wrong length", t -> firstEntry(t, outer, value -> value.set(Layouts.U8, 9, (byte) 77)));
        finds("cannot be reached from the root", t -> firstEntry(t, outer, value -> value.set(Layouts.U64, 0, outer)));
        finds(
                "belongs to another inode",
                t -> t.change(
                        t.inode(many).get(Layouts.U64, InodeLayout.TREE_ROOT_AT), add32(BlockHeader.OWNER_AT, 1)));
        finds(
                "tree keys do not ascend",
                t -> t.change(
                        t.inode(many).get(Layouts.U64, InodeLayout.TREE_ROOT_AT),
                        add64(TreeNode.SLOTS_AT + 16, -1L >>> 1)));
    }

    private static void firstEntry(Tamper tamper, long directory, Consumer<MemorySegment> how) {
        long leaf = tamper.inode(directory).get(Layouts.U64, InodeLayout.TREE_ROOT_AT);
        tamper.change(leaf, bytes -> how.accept(TreeNode.view(leaf, bytes, 0).value(0)));
    }

    @Test
    void check_orphanListThatLies_isFound() {
        long first = inodeOf("first");
        int head = StateLayout.ORPHAN_AT;
        finds(
                "no flag that it is an orphan",
                t -> t.change(t.geometry.regions.state().start(), add64(head, first)));
        finds(
                "inode that does not exist",
                t -> t.change(t.geometry.regions.state().start(), add64(head, -1)));
        finds("the flag of an orphan", t -> t.changeInode(first, add32(InodeLayout.FLAGS_AT, InodeLayout.FLAG_ORPHAN)));
        finds("goes in a circle", t -> {
            t.change(t.geometry.regions.state().start(), add64(head, first));
            t.changeInode(first, b -> b.set(Layouts.U64, InodeLayout.NEXT_ORPHAN_AT, first));
        });
    }

    /** Bytes that are wrong under right checksums reach the innermost code: it must answer with findings and operating errors. */
    @Test
    void check_randomMeaning_neverCrashes() {
        List<Long> blocks = new Tamper(populated()).metadataBlocks();
        int found = 0;
        int rounds = Boolean.getBoolean("vexel.deep") ? 20_000 : 500;
        for (long seed = 0; seed < rounds; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Tamper tamper = new Tamper(populated());
            long block = blocks.get(random.nextInt(blocks.size()));
            tamper.change(block, bytes -> {
                for (int i = random.nextInt(1, 6); i > 0; i--) {
                    int from = random.nextInt(4) == 0 ? 0 : BlockHeader.BYTES;
                    int at = random.nextInt(from, random.nextBoolean() ? 200 : 1024);
                    bytes.set(Layouts.U8, at, (byte) random.nextInt(256));
                }
            });
            try {
                found += check(tamper.image).clean() ? 0 : 1;
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed=" + seed + " block=" + block, e);
            }
            requireNoCrash(tamper.image, "seed=" + seed + " block=" + block);
        }
        assertThat(found).isGreaterThan(rounds / 3);
    }

    @Test
    void check_randomFlips_neverCrash() {
        int rounds = Boolean.getBoolean("vexel.deep") ? 20_000 : 150;
        for (long seed = 0; seed < rounds; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            DiskImage image = populated();
            for (int i = random.nextInt(1, 40); i > 0; i--) {
                // The first MiB holds nearly all metadata.
                image.flipBit(random.nextLong(random.nextBoolean() ? 1 << 20 : image.size()), random.nextInt(8));
            }
            try {
                check(image);
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed=" + seed, e);
            }
            requireNoCrash(image, "seed=" + seed);
        }
    }

    @Test
    void findings_beyondTheLimit_areCountedAndNotKept() {
        Tamper tamper = new Tamper(populated());
        tamper.metadataBlocks().stream()
                .filter(block -> block >= tamper.geometry.metadataEnd)
                .forEach(block -> tamper.put(block, new byte[1024]));
        SimulatedDevice device = new SimulatedDevice(tamper.image, SEED);
        FsckReport report = Fsck.check(device, FsckOptions.defaults().withMaxFindings(3));
        assertThat(report.findings()).hasSize(3);
        assertThat(report.errors()).isGreaterThan(3);
    }

    @Test
    void progress_wholeCheck_goesThroughEveryPhaseToItsEnd() {
        List<String> ended = new ArrayList<>();
        FsckProgress progress = (phase, done, total) -> {
            assertThat(done).isBetween(0L, total);
            if (done == total) {
                ended.add(phase);
            }
        };
        Fsck.check(
                new SimulatedDevice(populated(), SEED), FsckOptions.defaults().withProgress(progress));
        assertThat(ended)
                .containsExactly("superblocks and journal", "inodes and directories", "free space", "checksums");
    }
}
