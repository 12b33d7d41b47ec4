package io.vexel.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.AccessException;
import io.vexel.base.Bytes;
import io.vexel.base.CapacityException;
import io.vexel.base.ClosedException;
import io.vexel.base.DeviceException;
import io.vexel.base.TimeSource;
import io.vexel.device.BlockDevice;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageAllocatorOptions;
import io.vexel.paging.replacement.PolicyKind;
import io.vexel.paging.space.AddressSpace;
import io.vexel.paging.space.Mapping;
import io.vexel.paging.space.PageTiers;
import io.vexel.paging.space.Pager;
import io.vexel.paging.space.PagerOptions;
import io.vexel.paging.swap.SwapArea;
import io.vexel.paging.swap.SwapSpace;
import io.vexel.testkit.DiskImage;
import io.vexel.testkit.Fault;
import io.vexel.testkit.FaultRule;
import io.vexel.testkit.SimulatedDevice;
import java.lang.foreign.MemorySegment;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Space of a mounted volume to swap to. */
final class SwapFileTest {

    private static final long SEED = 20_261_129;
    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");
    private static final int PAGE = 4096;

    private final SimulatedDevice device =
            SimulatedDevice.zeros(24L << 20, SEED).withoutLog();

    private FileSystem format(int blockSize) {
        Mkfs.format(device, FormatOptions.defaults().withBlockSize(blockSize).withJournalBlocks(256));
        return FileSystem.open(new UnclosedDevice(device), MountOptions.defaults());
    }

    private static byte[] random(long seed, int bytes) {
        byte[] array = new byte[bytes];
        new SplittableRandom(seed).nextBytes(array);
        return array;
    }

    private static long create(FileSystem files, String name, byte[] contents) {
        long[] inode = new long[1];
        files.update(tx -> {
            inode[0] = tx.createFile(FileSystem.ROOT, name, FileKind.REGULAR);
            tx.write(inode[0], 0, MemorySegment.ofArray(contents));
        });
        return inode[0];
    }

    /** Has pending work done, so that what is free is free. */
    private static long freeBlocks(FileSystem files) {
        files.update(tx -> tx.createFile(FileSystem.ROOT, "probe", FileKind.REGULAR));
        files.update(tx -> tx.unlink(FileSystem.ROOT, "probe"));
        return files.info().freeBlocks();
    }

    private void assertSound(String when) {
        FsckReport report = Fsck.check(
                new SimulatedDevice(device.image(), SEED).withoutLog(),
                FsckOptions.defaults().withScope(FsckScope.EVERYTHING));
        assertThat(report.clean() && report.complete())
                .as("fsck %s: %s", when, report.findings())
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {1024, 4096})
    void fragmentedFile_besideChangesOfTheVolume_isWhatAnArrayIs(int blockSize) {
        format(blockSize).close();
        try (FileSystem files = FragmentedVolume.fragmented(new UnclosedDevice(device))) {
            byte[] kept = random(SEED, 90_000);
            long inode = create(files, "kept", kept);
            long before = freeBlocks(files);
            int bytes = 3 << 20;
            BlockDevice swap = files.createSwapFile(bytes);
            assertThat(swap.size()).isEqualTo(bytes);
            assertThat(before - files.info().freeBlocks()).isGreaterThanOrEqualTo(bytes / blockSize);
            byte[] model = random(SEED + 1, bytes);
            swap.write(0, MemorySegment.ofArray(model));
            SplittableRandom random = new SplittableRandom(SEED);
            for (int i = 0; i < 400; i++) {
                int length = 512 * (1 + random.nextInt(120));
                int offset = 512 * random.nextInt((bytes - length) / 512 + 1);
                if (random.nextBoolean()) {
                    byte[] data = random(i, length);
                    swap.write(offset, MemorySegment.ofArray(data));
                    System.arraycopy(data, 0, model, offset, length);
                } else {
                    byte[] back = new byte[length];
                    swap.read(offset, MemorySegment.ofArray(back));
                    assertThat(back).isEqualTo(Arrays.copyOfRange(model, offset, offset + length));
                }
                if (i % 20 == 0) {
                    String name = "n" + i;
                    create(files, name, random(i, 50_000));
                    files.apply(tx -> tx.unlink(FileSystem.ROOT, name));
                }
                if (i % 100 == 0) {
                    assertSound("with a swap file in use");
                }
            }
            swap.close();
            assertThat(freeBlocks(files)).isEqualTo(before);
            byte[] back = new byte[kept.length];
            files.read(inode, 0, MemorySegment.ofArray(back));
            assertThat(back).isEqualTo(kept);
        }
        assertSound("after closing");
    }

    @Test
    void fileInOnePiece_onAnEmptyVolume_isContiguous() {
        try (FileSystem files = format(4096)) {
            BlockDevice swap = files.createSwapFile(4 << 20);
            byte[] marked = random(SEED, 4 << 20);
            swap.write(0, MemorySegment.ofArray(marked));
            DiskImage image = device.image();
            int at = indexOf(image, Arrays.copyOf(marked, 512));
            assertThat(at).isPositive();
            assertThat(image.bytes(at, marked.length)).isEqualTo(marked);
        }
    }

    private static int indexOf(DiskImage image, byte[] sector) {
        for (int at = 0; at < image.size(); at += sector.length) {
            if (Arrays.equals(image.bytes(at, sector.length), sector)) {
                return at;
            }
        }
        return -1;
    }

    @Test
    void closing_oneOfSeveralInAnyOrder_givesItsSpaceBackAndKeepsTheOthers() {
        try (FileSystem files = format(1024)) {
            long before = freeBlocks(files);
            List<BlockDevice> open = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                open.add(files.createSwapFile(300_000));
                open.get(i).write(0, MemorySegment.ofArray(random(i, 1024)));
            }
            long withAll = files.info().freeBlocks();
            long each = (before - withAll) / 5;
            for (int closed : new int[] {2, 0, 4}) {
                open.get(closed).close();
                long free = freeBlocks(files);
                assertThat(free).isEqualTo(withAll + each);
                withAll = free;
                create(files, "f" + closed, random(closed, 200_000));
                withAll = files.info().freeBlocks();
            }
            for (int left : new int[] {1, 3}) {
                byte[] back = new byte[1024];
                open.get(left).read(0, MemorySegment.ofArray(back));
                assertThat(back).isEqualTo(random(left, 1024));
            }
        }
        assertSound("after closing");
        FsckReport report = Fsck.check(device, FsckOptions.defaults());
        assertThat(report.findings()).as("nothing waits for its space").isEmpty();
    }

    @Test
    void volumeClosed_swapFileIsClosedFirstAndItsSpaceIsBack() {
        FileSystem files = format(1024);
        long before = freeBlocks(files);
        BlockDevice swap = files.createSwapFile(2 << 20);
        files.close();
        assertThatThrownBy(() -> swap.write(0, MemorySegment.ofArray(new byte[512])))
                .isInstanceOf(ClosedException.class);
        swap.close();
        assertThatThrownBy(() -> files.createSwapFile(1024)).isInstanceOf(ClosedException.class);
        assertThat(Fsck.check(device, FsckOptions.defaults()).findings()).isEmpty();
        try (FileSystem again = FileSystem.open(new UnclosedDevice(device), MountOptions.defaults())) {
            assertThat(again.info().freeBlocks()).isEqualTo(before);
        }
    }

    @Test
    void killed_nextMount_givesTheSpaceBack() {
        FileSystem files = format(1024);
        long before = freeBlocks(files);
        BlockDevice swap = files.createSwapFile(3 << 20);
        swap.write(0, MemorySegment.ofArray(random(SEED, 3 << 20)));
        files.update(tx -> tx.createFile(FileSystem.ROOT, "a", FileKind.REGULAR));
        files.update(tx -> tx.unlink(FileSystem.ROOT, "a"));
        files.detach();
        assertSound("after a kill");
        try (FileSystem again = FileSystem.open(new UnclosedDevice(device), MountOptions.defaults())) {
            assertThat(freeBlocks(again)).isEqualTo(before);
        }
        assertThat(Fsck.check(device, FsckOptions.defaults()).findings()).isEmpty();
    }

    @Test
    void tooLarge_isRefusedAndTakesNothing() {
        try (FileSystem files = format(1024)) {
            long before = freeBlocks(files);
            long free = before * 1024;
            assertThatThrownBy(() -> files.createSwapFile(free + 1))
                    .isInstanceOf(CapacityException.class)
                    .hasMessageContaining("volume bytes");
            assertThatThrownBy(() -> files.createSwapFile(0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("bytes=0");
            assertThat(freeBlocks(files)).isEqualTo(before);
        }
        assertThat(Fsck.check(device, FsckOptions.defaults()).findings()).isEmpty();
    }

    @Test
    void allThatIsFree_isTakenAlthoughItWasFreedJustBefore_andOthersAreRefused() {
        try (FileSystem files = format(1024)) {
            long before = freeBlocks(files);
            create(files, "large", random(SEED, (int) (before / 2) << 10));
            files.apply(tx -> tx.unlink(FileSystem.ROOT, "large"));
            BlockDevice swap = files.createSwapFile((before - 8) * 1024);
            assertThatThrownBy(() -> create(files, "refused", random(SEED, 100_000)))
                    .isInstanceOf(CapacityException.class);
            swap.close();
            create(files, "taken", random(SEED, 100_000));
        }
        assertSound("after exhaustion");
    }

    @Test
    void readOnlyMount_refusesIt() {
        format(1024).close();
        MountOptions options = new MountOptions(true, MemoryBudget.unlimited(), TimeSource.SYSTEM);
        try (FileSystem files = FileSystem.open(new UnclosedDevice(device), options)) {
            assertThatThrownBy(() -> files.createSwapFile(1024)).isInstanceOf(AccessException.class);
        }
    }

    @Test
    void failedTransfer_isTheSwappersAffairAlone() {
        try (FileSystem files = format(1024)) {
            BlockDevice swap = files.createSwapFile(1 << 20);
            device.inject(FaultRule.afterCall(Fault.WRITE_ERROR, 0));
            assertThatThrownBy(() -> swap.write(0, MemorySegment.ofArray(new byte[512])))
                    .isInstanceOf(DeviceException.class);
            device.inject(FaultRule.afterCall(Fault.FLUSH_ERROR, 0));
            swap.flush();
            device.healAll();
            assertThat(files.isWritable()).isTrue();
            create(files, "a", random(1, 2_000));
        }
        assertSound("after failed transfers");
    }

    /** A pager over the file: what it swaps out comes back, and is on the device in no form that could be read. */
    @Test
    void pagesSwappedIntoTheVolume_comeBack_andAreNeverPlainOnTheDevice() {
        MemoryBudget budget = new MemoryBudget(64 * Bytes.MIB);
        PagerOptions options = new PagerOptions(PAGE, 32, 2, PolicyKind.DEFAULT, new PagerOptions.Tuning(40, 8));
        byte[] secret = random(SEED, 512);
        try (FileSystem files = format(1024);
                BlockDevice swapFile = files.createSwapFile(256L * PAGE);
                SwapArea swap = SwapArea.open(
                        List.of(SwapSpace.whole(swapFile, 0)), PAGE, budget, new SecureRandom(), TimeSource.SYSTEM);
                PageAllocator allocator = PageAllocator.create(
                        budget,
                        PageAllocatorOptions.oneNode(new PageAllocatorOptions.ZoneSizes(0, 8 * Bytes.MIB, 0, 0)));
                Pager pager =
                        Pager.create(options, budget, allocator, new PageTiers(Optional.empty(), Optional.of(swap)));
                AddressSpace space = pager.newSpace()) {
            Mapping mapping = space.mapAnonymous(200L * PAGE);
            for (int i = 0; i < 200; i++) {
                byte[] page = random(i, PAGE);
                System.arraycopy(secret, 0, page, 512 * (i % 8), 512);
                mapping.write((long) i * PAGE, MemorySegment.ofArray(page));
            }
            assertThat(swap.statistics().pagesOut()).isGreaterThan(100);
            assertThat(indexOf(device.image(), secret))
                    .as("plain bytes on the device")
                    .isNegative();
            assertSound("with pages in swap");
            for (int i = 199; i >= 0; i--) {
                byte[] page = random(i, PAGE);
                System.arraycopy(secret, 0, page, 512 * (i % 8), 512);
                byte[] back = new byte[PAGE];
                mapping.read((long) i * PAGE, MemorySegment.ofArray(back));
                assertThat(back).isEqualTo(page);
            }
        }
        assertSound("after swapping");
    }

    @Test
    @Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void swapFiles_besideWritersAndOrphans_keepWhatIsTheirs() throws Exception {
        int rounds = DEEP ? 400 : 25;
        try (FileSystem files = format(1024);
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            long before = freeBlocks(files);
            List<Future<?>> running = new ArrayList<>();
            for (int t = 0; t < 2; t++) {
                int thread = t;
                running.add(threads.submit(() -> swap(files, thread, rounds)));
                running.add(threads.submit(() -> churn(files, thread, rounds)));
            }
            for (Future<?> each : running) {
                each.get();
            }
            assertThat(freeBlocks(files)).isEqualTo(before);
        }
        assertThat(Fsck.check(device, FsckOptions.defaults()).findings()).isEmpty();
    }

    private static void swap(FileSystem files, int thread, int rounds) {
        SplittableRandom random = new SplittableRandom(SEED + thread);
        for (int round = 0; round < rounds; round++) {
            int bytes = 1024 * (100 + random.nextInt(900));
            byte[] model = random(round, bytes);
            try (BlockDevice swap = files.createSwapFile(bytes)) {
                swap.write(0, MemorySegment.ofArray(model));
                for (int i = 0; i < 20; i++) {
                    int offset = 512 * random.nextInt(bytes / 512);
                    byte[] sector = random(i, 512);
                    swap.write(offset, MemorySegment.ofArray(sector));
                    System.arraycopy(sector, 0, model, offset, 512);
                }
                byte[] back = new byte[bytes];
                swap.read(0, MemorySegment.ofArray(back));
                assertThat(Arrays.equals(back, model))
                        .as("thread %d round %d", thread, round)
                        .isTrue();
            }
        }
    }

    /** Files large enough to become orphans when they are deleted. */
    private static void churn(FileSystem files, int thread, int rounds) {
        for (int round = 0; round < rounds; round++) {
            String name = "c" + thread;
            byte[] contents = random(round, 700_000);
            long inode = create(files, name, contents);
            byte[] back = new byte[contents.length];
            files.read(inode, 0, MemorySegment.ofArray(back));
            assertThat(Arrays.equals(back, contents))
                    .as("thread %d round %d", thread, round)
                    .isTrue();
            files.update(tx -> tx.unlink(FileSystem.ROOT, name));
        }
    }
}
