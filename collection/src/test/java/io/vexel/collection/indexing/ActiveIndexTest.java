package io.vexel.collection.indexing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CapacityException;
import io.vexel.base.DeviceException;
import io.vexel.base.TimeSource;
import io.vexel.collection.CollectionSpec;
import io.vexel.distance.Metric;
import io.vexel.filesystem.FileSystem;
import io.vexel.filesystem.FormatOptions;
import io.vexel.filesystem.Mkfs;
import io.vexel.filesystem.MountOptions;
import io.vexel.index.Cancellation;
import io.vexel.index.DerivedIndex;
import io.vexel.index.Effort;
import io.vexel.index.FullVectors;
import io.vexel.index.GraphSpec;
import io.vexel.index.IndexKind;
import io.vexel.index.IndexSpec;
import io.vexel.index.Neighbors;
import io.vexel.index.QueryVector;
import io.vexel.index.SavedPages;
import io.vexel.index.SearchRequest;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import io.vexel.memory.raw.RawMemory;
import io.vexel.paging.space.Pager;
import io.vexel.testkit.SimulatedDevice;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rows that were inserted above a gap, which an insertion left that was refused memory. */
class ActiveIndexTest {

    static final int ROWS = 8 * ActiveIndex.DRAIN_ROWS;
    private static final int REFUSED = 100;
    static final CollectionSpec SPEC = new CollectionSpec("c", 16, Metric.L2);

    /** Rows in memory; when one of them is asked for, something happens. */
    static final class HookedVectors implements FullVectors, AutoCloseable {

        private final Region rows = Region.allocate(MemoryBudget.unlimited(), "rows", (long) ROWS * SPEC.rowBytes());
        private Runnable atRefused = () -> {};
        private Runnable atEach = () -> {};

        HookedVectors() {
            Random random = new Random(20_261_128);
            for (int i = 0; i < ROWS * SPEC.dimension(); i++) {
                rows.segment().setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
            }
        }

        float[] row(long ordinal) {
            return segment(ordinal).toArray(ValueLayout.JAVA_FLOAT);
        }

        private MemorySegment segment(long ordinal) {
            return rows.segment().asSlice(ordinal * SPEC.rowBytes(), SPEC.rowBytes());
        }

        @Override
        public long address(long ordinal) {
            if (ordinal == REFUSED) {
                atRefused.run();
            }
            atEach.run();
            return segment(ordinal).address();
        }

        @Override
        public void read(long ordinal, MemorySegment target) {
            target.copyFrom(segment(ordinal));
        }

        @Override
        public void close() {
            rows.close();
        }
    }

    static IndexedRows rows(FileSystem files, FullVectors vectors) {
        return rows(files, vectors, 0);
    }

    /** @param tail dead rows behind the others */
    private static IndexedRows rows(FileSystem files, FullVectors vectors, long tail) {
        IndexedRows.PageCache none = new IndexedRows.PageCache() {
            @Override
            public Optional<Pager> pager() {
                return Optional.empty();
            }

            @Override
            public void wantMemory() {}
        };
        return new IndexedRows(
                SPEC,
                files,
                FileSystem.ROOT,
                false,
                MemoryBudget.unlimited(),
                TimeSource.SYSTEM,
                vectors,
                _ -> false,
                none,
                // Every seventh row is dead.
                () -> new IndexedRows.State(
                        ROWS + tail, ROWS - (ROWS + 6) / 7, ordinal -> ordinal % 7 != 0 && ordinal < ROWS),
                _ -> -1);
    }

    static ActiveIndex active(DerivedIndex index, IndexedRows rows, long watermark) {
        return new ActiveIndex(index, rows, watermark, Optional.empty(), settled(rows));
    }

    private static SettledRows settled(IndexedRows rows) {
        return new SettledRows(new GracePeriod(), rows.states(), rows.time());
    }

    static FileSystem fileSystem() {
        SimulatedDevice device = SimulatedDevice.zeros(64L << 20, 1).withoutLog();
        Mkfs.format(device, FormatOptions.defaults());
        return FileSystem.open(device, MountOptions.defaults());
    }

    /** The rows that a search finds which takes every row for alive. */
    private static long[] found(DerivedIndex index, float[] query) {
        SearchRequest request = SearchRequest.nearest(QueryVector.of(query), ROWS);
        Neighbors neighbors = index.search(request, Effort.of(ROWS)).neighbors().getFirst();
        return IntStream.range(0, neighbors.size())
                .mapToLong(neighbors::ordinal)
                .toArray();
    }

    private static long[] alive(long end) {
        return LongStream.range(0, end).filter(ordinal -> ordinal % 7 != 0).toArray();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FLAT")
    void checkpoint_rowsAboveAGap_areTakenBackAndDrainedAgain(IndexKind kind) {
        IndexSpec spec = IndexSpec.parse(kind, Map.of());
        try (FileSystem files = fileSystem();
                HookedVectors vectors = new HookedVectors()) {
            IndexedRows rows = rows(files, vectors);
            long[] sample = LongStream.range(0, ROWS).toArray();
            ActiveIndex active = active(spec.create(rows.context(), sample), rows, 0);
            try {
                vectors.atRefused = () -> {
                    vectors.atRefused = () -> {};
                    // Another thread inserts what lies behind, and has the last memory.
                    assertThat(active.drain(true)).isTrue();
                    throw new CapacityException("memory budget bytes for rows", 64, 0);
                };
                assertThatThrownBy(() -> active.drain(true)).isInstanceOf(CapacityException.class);
                long watermark = active.watermark();
                assertThat(watermark).isBetween((long) REFUSED - 4, (long) REFUSED);
                assertThat(active.rowsInIndex()).isGreaterThan(watermark);

                IndexChoice choice = new IndexChoice(Optional.of(spec));
                PageFile pages = new PageFile(files, new IndexFiles(files, FileSystem.ROOT));
                active.checkpoint(pages, choice);
                assertThat(active.watermark()).isEqualTo(watermark);
                assertThat(active.rowsInIndex()).isEqualTo(alive(watermark).length);
                assertThat(active.changedRows()).isZero();
                assertThat(active.verify().findings()).isEmpty();
                try (DerivedIndex loaded = spec.load(rows.context(), pages.source(Cancellation.NONE))) {
                    assertThat(pages.saved().orElseThrow().watermark()).isEqualTo(watermark);
                    assertThat(loaded.statistics().rows()).isEqualTo(alive(watermark).length);
                }

                while (active.drain(true)) {
                    assertThat(active.watermark()).isLessThanOrEqualTo(ROWS);
                }
                assertThat(active.watermark()).isEqualTo(ROWS);
                assertThat(active.rowsInIndex()).isEqualTo(alive(ROWS).length);
                assertThat(active.isSweepDue(true)).isFalse();
                assertThat(active.verify().findings()).isEmpty();
                long[] found = found(active.index(), vectors.row(1));
                assertThat(Arrays.stream(found).distinct().count())
                        .as("none twice")
                        .isEqualTo(found.length);
                assertThat(found).contains(1L, (long) REFUSED, ROWS - 1L);
            } finally {
                active.close();
            }
        }
    }

    /** Rows that were to be taken back count as dead then, although they are alive: they must not become rows below the watermark. */
    @Test
    void checkpoint_thatCannotReadRowsWhileItTakesOthersBack_losesNone() {
        IndexSpec spec = IndexSpec.parse(IndexKind.HNSW, Map.of());
        try (FileSystem files = fileSystem();
                HookedVectors vectors = new HookedVectors()) {
            IndexedRows rows = rows(files, vectors);
            ActiveIndex active =
                    active(spec.create(rows.context(), LongStream.range(0, ROWS).toArray()), rows, 0);
            try {
                vectors.atRefused = () -> {
                    vectors.atRefused = () -> {};
                    assertThat(active.drain(true)).isTrue();
                    throw new CapacityException("memory budget bytes for rows", 64, 0);
                };
                assertThatThrownBy(() -> active.drain(true)).isInstanceOf(CapacityException.class);
                long watermark = active.watermark();
                vectors.atEach = () -> {
                    throw new DeviceException(DeviceException.Operation.READ, 0, 1, "injected");
                };
                PageFile pages = new PageFile(files, new IndexFiles(files, FileSystem.ROOT));
                IndexChoice choice = new IndexChoice(Optional.of(spec));
                assertThatThrownBy(() -> active.checkpoint(pages, choice)).isInstanceOf(DeviceException.class);
                assertThatThrownBy(() -> active.drain(true)).isInstanceOf(DeviceException.class);
                assertThat(active.watermark()).isEqualTo(watermark);
                vectors.atEach = () -> {};
                while (active.drain(true)) {
                    assertThat(active.watermark()).isLessThanOrEqualTo(ROWS);
                }
                assertThat(active.watermark()).isEqualTo(ROWS);
                active.takeOut(rows.states().newest(), Cancellation.NONE);
                assertThat(active.rowsInIndex()).isEqualTo(alive(ROWS).length);
                assertThat(active.verify().findings()).isEmpty();
                active.checkpoint(pages, choice);
            } finally {
                active.close();
            }
        }
    }

    /** The pages of a checkpoint as they were saved; each is read from the file once. */
    private static final class PlainPages implements SavedPages {

        private final DerivedIndex.CheckpointSource source;
        private final Map<List<Long>, MemorySegment> pages = new HashMap<>();

        PlainPages(DerivedIndex.CheckpointSource source) {
            this.source = source;
        }

        @Override
        public void read(int space, long offset, long target, int bytes) {
            int pageBytes = DerivedIndex.CheckpointSink.PAGE_BYTES;
            for (long done = 0; done < bytes; ) {
                long at = (offset + done) % pageBytes;
                long part = Math.min(bytes - done, pageBytes - at);
                MemorySegment page = page(space, (offset + done) / pageBytes);
                MemorySegment.copy(page, at, RawMemory.ALL, target + done, part);
                done += part;
            }
        }

        private MemorySegment page(int space, long page) {
            return pages.computeIfAbsent(List.of((long) space, page), _ -> {
                MemorySegment contents = MemorySegment.ofArray(new byte[DerivedIndex.CheckpointSink.PAGE_BYTES]);
                source.pages(space, page, contents);
                return contents;
            });
        }

        @Override
        public void close() {}
    }

    /** A paged index takes no rows in: to wait until its tail is short would be to wait for ever. */
    @Test
    void calibration_longTail_isMeasuredAtOnceByAPagedIndexAndLaterByOneThatDrains() {
        GraphSpec spec = GraphSpec.defaults().withEfConstruction(24);
        try (FileSystem files = fileSystem();
                HookedVectors vectors = new HookedVectors()) {
            IndexedRows rows = rows(files, vectors);
            IndexedRows more = rows(files, vectors, ActiveIndex.LONG_TAIL + 1);
            long[] sample = LongStream.range(0, ROWS).toArray();
            PageFile pages = new PageFile(files, new IndexFiles(files, FileSystem.ROOT));
            ActiveIndex active = active(spec.create(rows.context(), sample), rows, 0);
            try {
                while (active.drain(true)) {
                    assertThat(active.watermark()).isLessThanOrEqualTo(ROWS);
                }
                active.checkpoint(pages, new IndexChoice(Optional.of(spec)));
                assertThat(active.isCalibrationDue()).isTrue();
            } finally {
                active.close();
            }
            DerivedIndex.CheckpointSource source = pages.source(Cancellation.NONE);
            ActiveIndex loaded = active(spec.load(more.context(), source), more, ROWS);
            try {
                assertThat(loaded.isCalibrationDue()).isFalse();
            } finally {
                loaded.close();
            }
            var saved = new IndexSpec.Saved(source, new PlainPages(source), ROWS, IndexSpec.Care.CHECKED);
            ActiveIndex paged = active(spec.loadPaged(more.context(), saved), more, ROWS);
            try {
                assertThat(paged.drain(true)).isFalse();
                assertThat(paged.isCalibrationDue()).isTrue();
                assertThat(paged.calibrate(Cancellation.NONE)).isTrue();
                assertThat(paged.isCalibrationDue()).isFalse();
                assertThat(paged.calibration()).isPresent();
            } finally {
                paged.close();
            }
        }
    }
}
