package io.vexel.collection.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.Bytes;
import io.vexel.base.TimeSource;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.CompactionProgress;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.Metric;
import io.vexel.filesystem.FileSystem;
import io.vexel.filesystem.FormatOptions;
import io.vexel.filesystem.Mkfs;
import io.vexel.filesystem.MountOptions;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.slab.SlabOptions;
import io.vexel.testkit.SimulatedDevice;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a hole would give back, where rows die beside one that is there. */
class DeadSpaceTest {

    private static final CollectionSpec SPEC = new CollectionSpec("c", 256, Metric.L2);
    private static final int BLOCK_BYTES = 4096;
    private static final int ROW_BYTES = SPEC.rowBytes();

    /** Rows of 16 holes that are large enough each. */
    private static final int FIRST = 512;

    /** Rows of a hole that is one block of the file too small. */
    private static final int TOO_FEW = 28;

    private static final int ROWS = 2_048;

    private static void delete(CollectionStore store, int from, int to) {
        store.await(store.delete(
                IntStream.range(from, to).<PointId>mapToObj(PointId::of).toList()));
    }

    private static List<FileRange> holes(FileSystem files, CollectionStore store) {
        Snapshot state = store.snapshot();
        return new DeadSpace(files, store.files(), store.rows(), ROW_BYTES, state.rowCount()).holes(state.version());
    }

    @Test
    void rowsThatDieBesideAHole_countAsMuchAsTheyTakeThemselves() {
        SimulatedDevice device = SimulatedDevice.zeros(128 * Bytes.MIB, 1).withoutLog();
        Mkfs.format(device, FormatOptions.defaults());
        try (FileSystem files = FileSystem.open(device, MountOptions.defaults());
                CollectionCatalog catalog = new CollectionCatalog(
                        files,
                        MemoryBudget.unlimited(),
                        TimeSource.SYSTEM,
                        new CatalogOptions(0, Long.MAX_VALUE, SlabOptions.standard()))) {
            assertThat(files.info().blockSize()).isEqualTo(BLOCK_BYTES);
            CollectionStore store = catalog.create(SPEC);
            store.await(store.upsert(IntStream.range(0, ROWS)
                    .mapToObj(i -> Point.of(PointId.of(i), VectorData.of(new float[SPEC.dimension()])))
                    .toList()));
            delete(store, 0, FIRST);
            assertThat(DeadSpace.takenBytes(files, holes(files, store))).isEqualTo((long) FIRST * ROW_BYTES);
            assertThat(store.compact(CompactionProgress.NONE).freedBytes()).isEqualTo((long) FIRST * ROW_BYTES);
            assertThat(holes(files, store)).isEmpty();

            delete(store, FIRST, FIRST + TOO_FEW);
            assertThat(holes(files, store)).as("not worth a hole, as elsewhere").isEmpty();
            assertThat(store.compact(CompactionProgress.NONE).freedBytes()).isZero();

            delete(store, FIRST + TOO_FEW, 2 * FIRST);
            List<FileRange> holes = holes(files, store);
            assertThat(holes).hasSize(1);
            assertThat(DeadSpace.takenBytes(files, holes)).isEqualTo((long) FIRST * ROW_BYTES);
            assertThat(store.compact(CompactionProgress.NONE).freedBytes()).isEqualTo((long) FIRST * ROW_BYTES);
        }
    }
}
