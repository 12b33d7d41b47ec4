package io.vexel.collection.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.Bytes;
import io.vexel.base.CapacityException;
import io.vexel.base.TimeSource;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.CompactionProgress;
import io.vexel.collection.CompactionResult;
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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A compaction without a background thread, whose moves are refused memory. */
class CompactorTest {

    private static final CollectionSpec SPEC = new CollectionSpec("c", 8, Metric.L2);

    /** So many that the next row needs another chunk of each column of the id map, whose memory is refused. */
    private static final int ROWS = 1 << Column.CHUNK_SHIFT;

    private static final int BLOCK = RowTable.BLOCK_ROWS;

    /** Rows of two blocks of the file: few enough that moving comes before holes. */
    private static final int HOLE = 256;

    private static void append(CollectionStore store, int from, int to) {
        store.await(store.upsert(IntStream.range(from, to)
                .mapToObj(i -> Point.of(PointId.of(i), VectorData.of(vector(i))))
                .toList()));
    }

    private static float[] vector(int number) {
        float[] vector = new float[SPEC.dimension()];
        vector[0] = number;
        return vector;
    }

    private static void delete(CollectionStore store, IntStream ids) {
        store.await(store.delete(ids.<PointId>mapToObj(PointId::of).toList()));
    }

    @Test
    void compact_movesRefusedWhileAWriterMakesHoles_endsWithTheRefusal() {
        SimulatedDevice device = SimulatedDevice.zeros(128 * Bytes.MIB, 1).withoutLog();
        Mkfs.format(device, FormatOptions.defaults());
        AtomicBoolean refusing = new AtomicBoolean();
        MemoryBudget budget = MemoryBudget.withRefusal(1L << 40, (_, _) -> refusing.get());
        try (FileSystem files = FileSystem.open(device, MountOptions.defaults());
                CollectionCatalog catalog = new CollectionCatalog(
                        files,
                        budget,
                        TimeSource.SYSTEM,
                        new CatalogOptions(0, Long.MAX_VALUE, SlabOptions.standard()))) {
            CollectionStore store = catalog.create(SPEC);
            for (int from = 0; from < ROWS; from += BLOCK) {
                append(store, from, from + BLOCK);
            }
            // Most rows of some blocks die, so that the others are worth a move.
            int mixed = ROWS / 4;
            delete(store, IntStream.range(0, mixed).filter(id -> id % 8 != 0));
            AtomicInteger pieces = new AtomicInteger();
            CompactionProgress writer = (_, _) -> {
                int from = ROWS / 2 + pieces.getAndIncrement() * 2 * HOLE;
                assertThat(from)
                        .as("rows that a writer has deleted since a move was refused")
                        .isLessThan(ROWS);
                refusing.set(false);
                delete(store, IntStream.range(from, from + HOLE));
                refusing.set(true);
            };
            refusing.set(true);
            assertThatThrownBy(() -> store.compact(writer))
                    .isInstanceOf(CapacityException.class)
                    .hasMessageContaining("memory budget bytes");
            assertThat(pieces.get()).as("it freed what it could before").isPositive();

            refusing.set(false);
            CompactionResult result = store.compact(CompactionProgress.NONE);
            assertThat(result.movedRows()).isGreaterThanOrEqualTo(mixed / 8);
            try (ReadView view = store.view()) {
                for (int id = 0; id < mixed; id += 8) {
                    long row = view.find(PointId.of(id)).orElseThrow();
                    assertThat(view.vector(row)).isEqualTo(VectorData.of(vector(id)));
                }
            }
        }
    }
}
