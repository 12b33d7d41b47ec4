package io.vexel.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.Bytes;
import io.vexel.base.CorruptionException;
import io.vexel.base.VexelException;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageAllocatorOptions;
import io.vexel.paging.replacement.AccessHint;
import io.vexel.paging.replacement.PolicyKind;
import io.vexel.paging.space.PageTiers;
import io.vexel.paging.space.PagedFile;
import io.vexel.paging.space.Pager;
import io.vexel.paging.space.PagerOptions;
import io.vexel.testkit.Fault;
import io.vexel.testkit.FaultRule;
import io.vexel.testkit.SimulatedDevice;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files of a volume through a pager with few frames. */
final class FilePagesTest {

    private static final long SEED = 20_261_128;
    private static final int ROWS = 500;

    private final MemoryBudget budget = new MemoryBudget(64 * Bytes.MIB);
    private final SimulatedDevice device = SimulatedDevice.zeros(64 << 20, SEED).withoutLog();

    @FunctionalInterface
    private interface Body {
        void run(FileSystem files, Pager pager, long inode, byte[] contents);
    }

    /** A volume with a file of random rows, and a pager with 16 frames. */
    private void with(int rowBytes, int pageBytes, Body body) {
        byte[] contents = new byte[ROWS * rowBytes];
        new SplittableRandom(SEED).nextBytes(contents);
        Mkfs.format(device, FormatOptions.defaults());
        long[] inode = new long[1];
        try (FileSystem files = FileSystem.open(new UnclosedDevice(device), MountOptions.defaults())) {
            files.update(tx -> {
                inode[0] = tx.createFile(FileSystem.ROOT, "rows", FileKind.VECTOR);
                tx.write(inode[0], 0, MemorySegment.ofArray(contents));
            });
        }
        PagerOptions options = new PagerOptions(pageBytes, 16, 2, PolicyKind.DEFAULT, new PagerOptions.Tuning(40, 8));
        try (FileSystem files = FileSystem.open(new UnclosedDevice(device), MountOptions.defaults());
                PageAllocator allocator = PageAllocator.create(
                        budget,
                        PageAllocatorOptions.oneNode(new PageAllocatorOptions.ZoneSizes(0, 8 * Bytes.MIB, 0, 0)));
                Pager pager = Pager.create(options, budget, allocator, PageTiers.none())) {
            body.run(files, pager, inode[0], contents);
        }
    }

    @ParameterizedTest
    @CsvSource({"512, 4096", "3136, 4096", "3136, 16384", "1000, 8192"})
    void rows_readThroughThePager_areThoseOfTheFile(int rowBytes, int pageBytes) {
        int rowsPerPage = pageBytes / rowBytes;
        with(rowBytes, pageBytes, (files, pager, inode, contents) -> {
            long pages = Bytes.ceilDiv(ROWS, rowsPerPage);
            PagedFile file = pager.open(files.pages(inode, rowsPerPage * rowBytes, pageBytes), pages, pages);
            SplittableRandom random = new SplittableRandom(SEED);
            byte[] row = new byte[rowBytes];
            for (int i = 0; i < 3_000; i++) {
                int ordinal = random.nextInt(10) == 0 ? i % ROWS : random.nextInt(ROWS);
                long page = ordinal / rowsPerPage;
                if (i % 50 == 0) {
                    file.prefetch(random.longs(8, 0, pages).toArray(), 8);
                }
                file.read(page * pageBytes + (long) ordinal % rowsPerPage * rowBytes, MemorySegment.ofArray(row));
                assertThat(row).isEqualTo(Arrays.copyOfRange(contents, ordinal * rowBytes, (ordinal + 1) * rowBytes));
            }
            assertThat(pager.statistics().traffic().evictions()).isPositive();
        });
    }

    @Test
    void pages_behindTheEndOfTheFile_areZero() {
        with(512, 4096, (files, pager, inode, contents) -> {
            PagedFile file = pager.open(files.pages(inode, 4096, 4096), 100, 100);
            byte[] page = new byte[4096];
            file.read(62L * 4096, MemorySegment.ofArray(page));
            assertThat(Arrays.copyOf(page, 2048)).isEqualTo(Arrays.copyOfRange(contents, 62 * 4096, 62 * 4096 + 2048));
            assertThat(Arrays.copyOfRange(page, 2048, 4096)).containsOnly(0);
            file.read(80L * 4096, MemorySegment.ofArray(page));
            assertThat(page).containsOnly(0);
        });
    }

    @Test
    void writes_flushedAndReopened_areInTheFile() {
        with(512, 4096, (files, pager, inode, contents) -> {
            PagedFile file = pager.open(files.pages(inode, 4096, 4096), 62, 62);
            SplittableRandom random = new SplittableRandom(SEED + 1);
            for (int i = 0; i < 400; i++) {
                byte[] bytes = new byte[1 + random.nextInt(6_000)];
                random.nextBytes(bytes);
                int offset = random.nextInt(62 * 4096 - bytes.length);
                file.write(offset, MemorySegment.ofArray(bytes));
                System.arraycopy(bytes, 0, contents, offset, bytes.length);
            }
            file.close();
            byte[] all = new byte[contents.length];
            assertThat(files.read(inode, 0, MemorySegment.ofArray(all))).isEqualTo(all.length);
            assertThat(all).isEqualTo(contents);
        });
        assertThat(Fsck.check(device, FsckOptions.defaults()).findings()).isEmpty();
    }

    @Test
    void page_thatCannotBeRead_isAnErrorUntilItCan() {
        with(512, 4096, (files, pager, inode, contents) -> {
            PagedFile file = pager.open(files.pages(inode, 4096, 4096), 62, 62);
            device.inject(FaultRule.afterCall(Fault.BIT_FLIP, 0));
            assertThatThrownBy(() -> file.fault(7, AccessHint.DEMAND)).isInstanceOf(CorruptionException.class);
            device.healAll();
            device.inject(FaultRule.afterCall(Fault.READ_ERROR, 0));
            assertThatThrownBy(() -> file.fault(7, AccessHint.DEMAND)).isInstanceOf(VexelException.class);
            device.healAll();
            byte[] page = new byte[4096];
            file.read(7L * 4096, MemorySegment.ofArray(page));
            assertThat(page).isEqualTo(Arrays.copyOfRange(contents, 7 * 4096, 8 * 4096));
        });
    }

    @Test
    void pages_wrongShapes_areRefused() {
        with(512, 4096, (files, pager, inode, contents) -> {
            assertThatThrownBy(() -> files.pages(inode, 0, 4096)).hasMessageContaining("contentBytes=0");
            assertThatThrownBy(() -> files.pages(inode, 4097, 4096)).hasMessageContaining("contentBytes=4097");
        });
    }
}
