package io.vexel.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CapacityException;
import io.vexel.base.TimeSource;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.SimulatedDevice;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A volume whose budget others use up: its cache gives way, and what the journal holds is written home before anybody is refused for it. */
final class ShortMemoryTest {

    private static final long SEED = 20_261_128;
    private static final int BLOCK = 4096;
    private static final String OTHER = "other";

    /** Few enough that there is no checkpoint by themselves, and more than are left to the cache. */
    private static final int CHANGED_BLOCKS = 150;

    private static final int UNCHANGED_BLOCKS = 400;

    private final SimulatedDevice device =
            SimulatedDevice.zeros(256 << 20, SEED).withoutLog();
    private final MemoryBudget budget = new MemoryBudget(8 << 20);
    private final byte[] contents = new byte[UNCHANGED_BLOCKS * BLOCK];
    private long changing;
    private long unchanged;

    private FileSystem open() {
        return FileSystem.open(new UnclosedDevice(device), new MountOptions(false, budget, TimeSource.SYSTEM));
    }

    private void fill() {
        Mkfs.format(device, FormatOptions.defaults());
        new SplittableRandom(SEED).nextBytes(contents);
        try (FileSystem files = open()) {
            files.update(tx -> {
                changing = tx.createFile(FileSystem.ROOT, "changing", FileKind.REGULAR);
                unchanged = tx.createFile(FileSystem.ROOT, "unchanged", FileKind.REGULAR);
                tx.write(unchanged, 0, MemorySegment.ofArray(contents));
            });
        }
    }

    /** Changes blocks by transactions whose records are small, so that the journal alone would hold many more. */
    private void change(FileSystem files) {
        for (int i = 0; i < CHANGED_BLOCKS; i++) {
            long offset = (long) i * BLOCK;
            MemorySegment number = MemorySegment.ofArray(new long[] {i + 1});
            files.update(tx -> tx.write(changing, offset, number));
        }
    }

    /** Takes all memory that anybody gives. */
    private void useUp() {
        long most = budget.limitBytes();
        for (long bytes = most; bytes >= BLOCK; ) {
            try {
                budget.reserve(OTHER, bytes);
            } catch (CapacityException e) {
                bytes /= 2;
            }
        }
        assertThat(budget.availableBytes()).isLessThan(BLOCK);
    }

    private void checkContents(FileSystem files) {
        byte[] read = new byte[BLOCK];
        for (int i = 0; i < UNCHANGED_BLOCKS; i++) {
            files.read(unchanged, (long) i * BLOCK, MemorySegment.ofArray(read));
            assertThat(MemorySegment.ofArray(read)
                            .mismatch(MemorySegment.ofArray(contents).asSlice((long) i * BLOCK, BLOCK)))
                    .isEqualTo(-1);
        }
        long[] number = new long[1];
        for (int i = 0; i < CHANGED_BLOCKS; i++) {
            files.read(changing, (long) i * BLOCK, MemorySegment.ofArray(number));
            assertThat(number[0]).isEqualTo(i + 1);
        }
    }

    @Test
    void read_whenTheJournalHoldsAllFrames_writesThemHomeFirst() {
        fill();
        try (FileSystem files = open()) {
            change(files);
            useUp();
            checkContents(files);
            budget.release(OTHER, budget.usedByOwner().get(OTHER));
            checkContents(files);
        }
        assertThat(Fsck.check(device, FsckOptions.defaults()).findings()).isEmpty();
    }

    @Test
    void update_whenTheJournalHoldsAllFrames_writesThemHomeFirst() {
        fill();
        try (FileSystem files = open()) {
            change(files);
            useUp();
            files.update(tx -> tx.createFile(FileSystem.ROOT, "new", FileKind.REGULAR));
            change(files);
            checkContents(files);
            assertThat(files.lookup(FileSystem.ROOT, "new")).isPresent();
            budget.release(OTHER, budget.usedByOwner().get(OTHER));
        }
        assertThat(Fsck.check(device, FsckOptions.defaults()).findings()).isEmpty();
    }

    /** What is refused because others have the memory is done once they have given it back. */
    @Test
    void update_moreThanThereIsMemoryFor_isRefusedUntilThereIs() {
        fill();
        try (FileSystem files = open()) {
            useUp();
            MemorySegment number = MemorySegment.ofArray(new long[] {1});
            for (int attempt = 0; attempt < 3; attempt++) {
                assertThatThrownBy(() -> files.update(tx -> writeFarApart(tx, number)))
                        .isInstanceOf(CapacityException.class)
                        .hasMessageContaining("file system cache bytes: requested=4096 available=");
                change(files);
            }
            budget.release(OTHER, budget.usedByOwner().get(OTHER));
            files.update(tx -> writeFarApart(tx, number));
            checkContents(files);
        }
        assertThat(Fsck.check(device, FsckOptions.defaults()).findings()).isEmpty();
        assertThat(budget.usedBytes()).isZero();
    }

    /** Changes as many blocks as have no place in what is left to the cache. */
    private void writeFarApart(Transaction tx, MemorySegment number) {
        for (int i = 0; i < CHANGED_BLOCKS; i++) {
            tx.write(changing, (2L * CHANGED_BLOCKS + i) * BLOCK, number);
        }
    }
}
