package io.vexel.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CapacityException;
import io.vexel.base.DeviceException;
import io.vexel.base.NotFoundException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Writes told ahead: on the device before the body, never more than that, and nobody waits for them. */
class PlannedWriteTest {

    private static final int LENGTH = 3_000_001;
    private static final int BLOCK = 4096;

    private final SparseDevice device = new SparseDevice(64 << 20);
    private FileSystem volume;
    private long inode;

    @BeforeEach
    void mount() {
        Mkfs.format(device, FormatOptions.defaults());
        volume = FileSystem.open(device, MountOptions.defaults());
        volume.update(tx -> inode = tx.createFile(FileSystem.ROOT, "f", FileKind.VECTOR));
    }

    @AfterEach
    void check() {
        volume.close();
        assertThat(Fsck.check(device, FsckOptions.defaults()).findings()).isEmpty();
    }

    private static MemorySegment bytes(long seed) {
        return FileSystemTest.bytes(seed, LENGTH);
    }

    private void update(List<PlannedWrite> planned, long offset, MemorySegment source) {
        volume.awaitDurable(volume.apply(planned, tx -> tx.write(inode, offset, source)));
    }

    private void assertContents(long offset, MemorySegment expected) {
        byte[] bytes = expected.toArray(ValueLayout.JAVA_BYTE);
        assertThat(FileSystemTest.read(volume, inode, offset, bytes.length)).isEqualTo(bytes);
        volume.close();
        volume = FileSystem.open(device, MountOptions.defaults());
        assertThat(FileSystemTest.read(volume, inode, offset, bytes.length)).isEqualTo(bytes);
    }

    @Test
    void apply_planned_writesTheDataOnceAndBeforeTheBody() {
        MemorySegment source = bytes(1);
        long before = device.bytesWritten.get();
        long[] atBody = new long[1];
        volume.apply(List.of(new PlannedWrite(inode, 100, source)), tx -> {
            atBody[0] = device.bytesWritten.get() - before;
            tx.write(inode, 100, source);
            assertThat(device.bytesWritten.get() - before).isEqualTo(atBody[0]);
        });
        assertThat(atBody[0]).isBetween(LENGTH - 3L * BLOCK, (long) LENGTH);
        assertContents(100, source);
    }

    /** The rest of a chunk and the next one come from two places in memory and lie one behind the other in the file. */
    @Test
    void apply_plannedInPieces_writesEachOnce() {
        update(List.of(), 0, bytes(9).asSlice(0, 700));
        MemorySegment first = bytes(1);
        MemorySegment second = bytes(2);
        long before = device.bytesWritten.get();
        volume.apply(
                List.of(new PlannedWrite(inode, 700, first), new PlannedWrite(inode, 700 + LENGTH, second)), tx -> {
                    tx.write(inode, 700, first);
                    tx.write(inode, 700 + LENGTH, second);
                });
        assertThat(device.bytesWritten.get() - before).isLessThanOrEqualTo(2L * LENGTH);
        assertContents(700, first);
        assertContents(700 + LENGTH, second);
    }

    @Test
    void apply_planForOtherBytesOtherPlacesAndTwice_writesWhatTheBodyWrites() {
        MemorySegment source = bytes(1);
        update(
                List.of(
                        new PlannedWrite(inode, 0, bytes(2)),
                        new PlannedWrite(inode, 0, source),
                        new PlannedWrite(inode, BLOCK, source)),
                0,
                source);
        assertContents(0, source);
    }

    @Test
    void apply_planNotKept_leavesTheFileAsItWas() {
        update(List.of(), 0, bytes(3));
        volume.awaitDurable(volume.apply(List.of(new PlannedWrite(inode, LENGTH, bytes(4))), _ -> {}));
        assertThat(volume.stat(inode).size()).isEqualTo(LENGTH);
        assertContents(0, bytes(3));
        // What the plan left on the device does not shine through when the file grows over it.
        volume.update(tx -> tx.truncate(inode, 2L * LENGTH));
        assertContents(LENGTH, MemorySegment.ofArray(new byte[LENGTH]));
    }

    @Test
    void apply_planOverContents_keepsThemUntilTheBodyReplacesThem() {
        update(List.of(), 0, bytes(3));
        assertThatThrownBy(() -> volume.apply(List.of(new PlannedWrite(inode, 0, bytes(4))), _ -> {
                    throw new IllegalStateException("undone");
                }))
                .hasMessage("undone");
        assertContents(0, bytes(3));
        MemorySegment source = bytes(4);
        update(List.of(new PlannedWrite(inode, 0, source)), 0, source);
        assertContents(0, source);
    }

    @Test
    void apply_bodyThatThrowsOrNoRoom_givesTheBlocksBack() {
        long free = volume.info().freeBlocks();
        assertThatThrownBy(() -> volume.apply(List.of(new PlannedWrite(inode, 0, bytes(1))), _ -> {
                    throw new IllegalStateException("undone");
                }))
                .hasMessage("undone");
        MemorySegment huge = MemorySegment.ofArray(new byte[64 << 20]);
        assertThatThrownBy(() -> volume.apply(List.of(new PlannedWrite(inode, 0, huge)), _ -> {}))
                .isInstanceOf(CapacityException.class);
        assertThatThrownBy(() -> volume.apply(List.of(new PlannedWrite(inode + 7, 0, huge)), _ -> {}))
                .isInstanceOf(NotFoundException.class);
        assertThat(volume.info().freeBlocks()).isEqualTo(free);
        assertThat(volume.stat(inode).size()).isZero();
    }

    @Test
    void apply_deviceRefusesTheData_changesNothingAndWorksAgain() {
        MemorySegment source = bytes(1);
        device.beforeWrite = length -> {
            if (length > BLOCK) {
                throw new DeviceException(DeviceException.Operation.WRITE, 0, length, "refused");
            }
        };
        assertThatThrownBy(() -> volume.apply(List.of(new PlannedWrite(inode, 0, source)), _ -> {}))
                .hasMessage("refused");
        device.beforeWrite = _ -> {};
        assertThat(volume.stat(inode).blocks()).isZero();
        update(List.of(new PlannedWrite(inode, 0, source)), 0, source);
        assertContents(0, source);
    }

    @Test
    @Timeout(60)
    void apply_whileTheDataIsWritten_readersGoOn() throws Exception {
        update(List.of(), 0, bytes(1));
        MemorySegment source = bytes(2);
        List<Long> sizesSeen = new ArrayList<>();
        try (ExecutorService reader = Executors.newSingleThreadExecutor()) {
            device.beforeWrite = length -> {
                if (length > BLOCK) {
                    sizesSeen.add(await(reader, () -> {
                        assertThat(FileSystemTest.read(volume, inode, LENGTH - 5, 10))
                                .isEqualTo(bytes(1).asSlice(LENGTH - 5).toArray(ValueLayout.JAVA_BYTE));
                        assertThat(volume.lookup(FileSystem.ROOT, "f")).isPresent();
                        return volume.stat(inode).size();
                    }));
                }
            };
            volume.apply(List.of(new PlannedWrite(inode, LENGTH, source)), tx -> {
                device.beforeWrite = _ -> {};
                tx.write(inode, LENGTH, source);
            });
        }
        assertThat(sizesSeen).isNotEmpty().allMatch(size -> size == LENGTH);
        assertContents(LENGTH, source);
    }

    private static long await(ExecutorService reader, java.util.concurrent.Callable<Long> reading) {
        try {
            return reader.submit(reading).get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }
}
