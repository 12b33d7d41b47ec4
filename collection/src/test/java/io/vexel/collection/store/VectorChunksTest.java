package io.vexel.collection.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.Bytes;
import io.vexel.base.CapacityException;
import io.vexel.base.TimeSource;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.distance.Metric;
import io.vexel.filesystem.FileSystem;
import io.vexel.filesystem.FormatOptions;
import io.vexel.filesystem.Mkfs;
import io.vexel.filesystem.MountOptions;
import io.vexel.index.ChunkLease;
import io.vexel.index.RowSource;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.raw.RawMemory;
import io.vexel.memory.slab.SlabOptions;
import io.vexel.testkit.SimulatedDevice;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Rows read through views are those that were written, whatever of them is in memory. */
class VectorChunksTest {

    /** 8 KiB a row, 256 rows a chunk of 2 MiB. */
    private static final CollectionSpec SPEC = new CollectionSpec("c", 2048, Metric.L2);

    private static final long CHUNK = 2 * Bytes.MIB;

    private final FileSystem files = fileSystem();

    private static FileSystem fileSystem() {
        SimulatedDevice device = SimulatedDevice.zeros(64 * Bytes.MIB, 1).withoutLog();
        Mkfs.format(device, FormatOptions.defaults());
        return FileSystem.open(device, MountOptions.defaults());
    }

    @AfterEach
    void close() {
        files.close();
    }

    private CollectionCatalog catalog(long budgetBytes) {
        return new CollectionCatalog(
                files,
                new MemoryBudget(budgetBytes),
                TimeSource.SYSTEM,
                new CatalogOptions(1, Long.MAX_VALUE, SlabOptions.standard()));
    }

    private static void append(CollectionStore store, int from, int to) {
        store.await(store.upsert(IntStream.range(from, to)
                .mapToObj(i -> Point.of(PointId.of(i), io.vexel.collection.VectorData.of(row(i))))
                .toList()));
    }

    private static float[] row(int number) {
        float[] row = new float[SPEC.dimension()];
        row[0] = number;
        row[SPEC.dimension() - 1] = -number;
        return row;
    }

    private static void checkAll(CollectionStore store, int count) {
        try (ReadView view = store.view()) {
            RowSource source = view.source();
            assertThat(source.rowCount()).isEqualTo(count);
            int perChunk = source.rowsPerChunk();
            for (int seen = 0; seen < count; ) {
                int first = seen % perChunk;
                int end = Math.min(perChunk, first + count - seen);
                try (ChunkLease lease = source.lease(seen / perChunk, first, end)) {
                    for (int i = first; i < Math.min(end, lease.rowEnd()); i++, seen++) {
                        long at = lease.address() + (long) i * SPEC.rowBytes();
                        assertThat(RawMemory.ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at))
                                .isEqualTo(seen);
                        assertThat(RawMemory.ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at + SPEC.rowBytes() - 4))
                                .isEqualTo(-seen);
                    }
                }
            }
            for (int i = 0; i < count; i += 37) {
                assertThat(view.vector(i)).isEqualTo(io.vexel.collection.VectorData.of(row(i)));
            }
        }
    }

    @Test
    void appendedRows_areReadFromTheMemoryTheyWereLaidIn() {
        try (CollectionCatalog catalog = catalog(64 * Bytes.MIB)) {
            CollectionStore store = catalog.create(SPEC);
            for (int from = 0, step = 1; from + step < 800; from += step, step = step * 2 + 1) {
                append(store, from, from + step);
                checkAll(store, from + step);
            }
            assertThat(store.residentVectorBytes()).isGreaterThanOrEqualTo(2 * CHUNK);
        }
    }

    @Test
    void reopened_rowsAreLoadedWhenNeededAndFollowTheWriter() {
        try (CollectionCatalog catalog = catalog(64 * Bytes.MIB)) {
            append(catalog.create(SPEC), 0, 600);
        }
        try (CollectionCatalog catalog = catalog(64 * Bytes.MIB)) {
            CollectionStore store = catalog.find("c").orElseThrow();
            assertThat(store.residentVectorBytes()).isZero();
            append(store, 600, 610);
            assertThat(store.residentVectorBytes())
                    .as("a writer alone loads nothing")
                    .isZero();
            checkAll(store, 610);
            append(store, 610, 620);
            checkAll(store, 620);
            append(store, 620, 1_100);
            checkAll(store, 1_100);
        }
    }

    @Test
    void budgetForOneChunk_everythingIsReadThroughTheScratchBuffer() {
        // The scratch buffer, the id columns, and room for one chunk.
        long budget = CHUNK + 2 * Bytes.MIB;
        try (CollectionCatalog catalog = catalog(budget)) {
            CollectionStore store = catalog.create(SPEC);
            append(store, 0, 1_000);
            checkAll(store, 1_000);
            append(store, 1_000, 1_100);
            checkAll(store, 1_100);
            assertThat(store.residentVectorBytes()).isLessThanOrEqualTo(CHUNK);
        }
        try (CollectionCatalog catalog = catalog(budget)) {
            checkAll(catalog.find("c").orElseThrow(), 1_100);
        }
    }

    @Test
    void budgetForNoChunk_stillReadsAndWrites() {
        long budget = 2 * Bytes.MIB;
        try (CollectionCatalog catalog = catalog(budget)) {
            CollectionStore store = catalog.create(SPEC);
            append(store, 0, 300);
            append(store, 300, 301);
            checkAll(store, 301);
            assertThat(store.residentVectorBytes()).isLessThan(CHUNK);
        }
    }

    @Test
    void budgetWithoutRoomForTheScratchBuffer_refusesToOpen() {
        try (CollectionCatalog catalog = catalog(Bytes.MIB - 1)) {
            assertThatThrownBy(() -> catalog.create(SPEC)).isInstanceOf(CapacityException.class);
            assertThat(catalog.list()).as("nothing was made").isEmpty();
        }
        try (CollectionCatalog catalog = catalog(64 * Bytes.MIB)) {
            catalog.create(SPEC);
        }
        try (CollectionCatalog catalog = catalog(Bytes.MIB - 1)) {
            assertThatThrownBy(() -> catalog.find("c")).isInstanceOf(CapacityException.class);
        }
    }

    @Test
    void ids_beyondTheBudget_refuseTheWriteAndKeepTheRest() {
        CollectionSpec tiny = new CollectionSpec("t", 1, Metric.L2);
        try (CollectionCatalog catalog = catalog(4 * Bytes.MIB)) {
            CollectionStore store = catalog.create(tiny);
            int written = 0;
            try {
                while (true) {
                    int from = written;
                    store.await(store.upsert(IntStream.range(from, from + 5_000)
                            .mapToObj(i -> Point.of(i, i))
                            .toList()));
                    written += 5_000;
                }
            } catch (CapacityException e) {
                assertThat(e.resource()).contains("memory budget");
            }
            assertThat(written).isPositive();
            try (ReadView view = store.view()) {
                assertThat(view.snapshot().liveCount()).isEqualTo(written);
                for (int i : new Random(1).ints(100, 0, written).toArray()) {
                    assertThat(view.find(PointId.of(i))).hasValue(i);
                }
                assertThat(view.find(PointId.of(written))).isEmpty();
            }
            assertThat(store.delete(List.of(PointId.of(0))).deleted()).isEqualTo(1);
        }
    }
}
