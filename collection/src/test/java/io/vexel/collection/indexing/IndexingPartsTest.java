package io.vexel.collection.indexing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CapacityException;
import io.vexel.base.CorruptionException;
import io.vexel.base.FormatVersionException;
import io.vexel.collection.indexing.CheckpointHead.PageKey;
import io.vexel.collection.indexing.CheckpointHead.PageSlot;
import io.vexel.distance.Metric;
import io.vexel.filesystem.FileSystem;
import io.vexel.filesystem.FormatOptions;
import io.vexel.filesystem.Mkfs;
import io.vexel.filesystem.MountOptions;
import io.vexel.index.Calibration;
import io.vexel.index.Cancellation;
import io.vexel.index.DerivedIndex.CheckpointSink;
import io.vexel.index.IndexKind;
import io.vexel.index.IndexSpec;
import io.vexel.index.RowFilter;
import io.vexel.testkit.SimulatedDevice;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class IndexingPartsTest {

    private static final IndexChoice GRAPH = new IndexChoice(Optional.of(IndexSpec.parse(IndexKind.GRAPH, Map.of())));

    // ---- codecs

    private static Optional<Calibration> calibration(Random random) {
        List<Calibration.Curve> curves = new ArrayList<>();
        for (int c = random.nextInt(4); c > 0; c--) {
            List<Calibration.Rung> rungs = new ArrayList<>();
            for (int r = random.nextInt(10); r >= 0; r--) {
                rungs.add(new Calibration.Rung(1 + 50 * rungs.size(), random.nextFloat(), random.nextFloat()));
            }
            curves.add(new Calibration.Curve(1 + 10 * curves.size(), rungs));
        }
        return curves.isEmpty()
                ? Optional.empty()
                : Optional.of(new Calibration(
                        1 + random.nextInt(1 << 30),
                        1 + random.nextInt(256),
                        random.nextLong(1L << 40),
                        Calibration.Layout.values()[random.nextInt(2)],
                        curves));
    }

    private static CheckpointHead head(Random random) {
        TreeMap<PageKey, PageSlot> pages = new TreeMap<>();
        for (int n = random.nextInt(50); n > 0; n--) {
            pages.put(
                    new PageKey(random.nextInt(8), random.nextLong(1L << 40)),
                    new PageSlot(random.nextInt(1 << 20), random.nextInt(), random.nextLong()));
        }
        byte[] head = new byte[random.nextInt(100)];
        random.nextBytes(head);
        return new CheckpointHead(
                IndexKind.GRAPH,
                1 + random.nextInt(1_000),
                random.nextInt(1 << 30),
                MemorySegment.ofArray(head),
                pages,
                calibration(random));
    }

    @Test
    void head_encoded_isDecodedAsItWas() {
        for (int seed = 0; seed < 200; seed++) {
            CheckpointHead head = head(new Random(seed));
            CheckpointHead found = CheckpointHead.decode(head.encode(), IndexKind.GRAPH);
            assertThat(found.pages()).isEqualTo(head.pages());
            assertThat(found.generation()).isEqualTo(head.generation());
            assertThat(found.watermark()).isEqualTo(head.watermark());
            assertThat(found.calibration()).isEqualTo(head.calibration());
            assertThat(found.head().toArray(ValueLayout.JAVA_BYTE))
                    .isEqualTo(head.head().toArray(ValueLayout.JAVA_BYTE));
        }
    }

    @Test
    void choice_encoded_isDecodedAsItWas() {
        assertThat(IndexChoice.decode(GRAPH.encode())).isEqualTo(GRAPH);
        assertThat(IndexChoice.decode(IndexChoice.FLAT.encode())).isEqualTo(IndexChoice.FLAT);
        assertThat(IndexChoice.defaultFor(Metric.HAMMING)).isEqualTo(IndexChoice.FLAT);
        assertThat(IndexChoice.defaultFor(Metric.L2)).isEqualTo(GRAPH);
    }

    @Test
    void files_flippedCutOrSealedAnew_areRefusedOrUnderstood() {
        for (int seed = 0; seed < 3_000; seed++) {
            Random random = new Random(seed);
            boolean choice = random.nextBoolean();
            MemorySegment file = (choice ? GRAPH.encode() : head(random).encode());
            for (int n = random.nextInt(4); n >= 0; n--) {
                int at = random.nextInt((int) file.byteSize());
                file.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt());
            }
            MemorySegment damaged = random.nextInt(4) == 0 ? file.asSlice(0, random.nextLong(file.byteSize())) : file;
            if (random.nextBoolean() && damaged.byteSize() >= 48) {
                Layout.seal(damaged, damaged.get(Layout.LONG, 0));
            }
            try {
                if (choice) {
                    IndexChoice.decode(damaged);
                } else {
                    CheckpointHead.decode(damaged, IndexKind.GRAPH);
                }
            } catch (CorruptionException | FormatVersionException e) {
                assertThat(e).hasMessageContaining("index");
            }
        }
    }

    @Test
    void head_ofAnotherKindOrANewerFormat_isRefused() {
        MemorySegment file = head(new Random(1)).encode();
        assertThatThrownBy(() -> CheckpointHead.decode(file, IndexKind.HNSW))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("kind");
        file.set(Layout.INT, 8, 2);
        long crcAt = file.byteSize() - 8;
        file.set(Layout.INT, crcAt, io.vexel.base.Crc32c.of(file.asSlice(0, crcAt)));
        assertThatThrownBy(() -> CheckpointHead.decode(file, IndexKind.GRAPH))
                .isInstanceOf(FormatVersionException.class)
                .hasMessageContaining("version=2");
    }

    // ---- pages

    private static FileSystem fileSystem() {
        SimulatedDevice device = SimulatedDevice.zeros(64L << 20, 1).withoutLog();
        Mkfs.format(device, FormatOptions.defaults());
        return FileSystem.open(device, MountOptions.defaults());
    }

    private static MemorySegment page(int number) {
        MemorySegment page = MemorySegment.ofArray(new byte[CheckpointSink.PAGE_BYTES]);
        page.fill((byte) number);
        page.set(Layout.INT, 0, number);
        return page;
    }

    /** Random checkpoints against a map in memory, with failed ones and reopening in between. */
    @Test
    void pages_randomCheckpoints_areReadAsTheyWereWrittenLastAndTakeNoMoreSpace() {
        try (FileSystem files = fileSystem()) {
            IndexFiles names = new IndexFiles(files, FileSystem.ROOT);
            PageFile pages = new PageFile(files, names);
            Map<PageKey, Integer> model = new TreeMap<>();
            Random random = new Random(5);
            for (int round = 1; round <= 60; round++) {
                boolean fails = random.nextInt(5) == 0;
                Map<PageKey, Integer> next = checkpoint(pages, model, random, round, fails);
                if (fails) {
                    continue;
                }
                model = next;
                pages.discardStale();
                if (random.nextBoolean()) {
                    pages = new PageFile(files, names);
                    assertThat(pages.open(GRAPH)).isTrue();
                }
                check(pages, model, round);
                long held = files.stat(names.pages().orElseThrow()).blocks() * 4096;
                assertThat(held).isLessThanOrEqualTo((long) model.size() * CheckpointSink.PAGE_BYTES + (2 << 20));
            }
        }
    }

    /** Whoever lets others pass before he reads does so once for pages that he reads together, wherever they lie. */
    @Test
    void pages_thatLieInScatteredSlots_areAskedForOnce() {
        try (FileSystem files = fileSystem()) {
            PageFile pages = new PageFile(files, new IndexFiles(files, FileSystem.ROOT));
            int count = 16;
            for (int step = 1; step <= 2; step++) {
                CheckpointSink sink = pages.sink(GRAPH, step, Optional.empty());
                for (int page = 0; page < count; page += step) {
                    sink.page(0, page, page(step * page));
                }
                sink.finish(new byte[0]);
            }
            AtomicInteger asked = new AtomicInteger();
            MemorySegment found = MemorySegment.ofArray(new byte[count * CheckpointSink.PAGE_BYTES]);
            pages.source(asked::incrementAndGet).pages(0, 0, found);
            assertThat(asked).hasValue(1);
            for (int page = 0; page < count; page++) {
                assertThat(found.get(Layout.INT, (long) page * CheckpointSink.PAGE_BYTES))
                        .isEqualTo(page % 2 == 0 ? 2 * page : page);
            }
        }
    }

    /** What a checkpoint may take at most is the same whether it is asked for before or during one; a sixteenth of the volume is left to others. */
    @Test
    void room_ofAVolume_isWhatIsFreeWithoutASixteenth() {
        try (FileSystem files = fileSystem()) {
            PageFile pages = new PageFile(files, new IndexFiles(files, FileSystem.ROOT));
            CheckpointSink sink = pages.sink(GRAPH, 1, Optional.empty());
            var info = files.info();
            long free = (info.freeBlocks() - info.totalBlocks() / 16) * info.blockSize() / CheckpointSink.PAGE_BYTES;
            assertThat(sink.hasRoom(free)).isTrue();
            assertThat(sink.hasRoom(free + 1)).isFalse();
            pages.requireRoom(free * CheckpointSink.PAGE_BYTES);
            assertThatThrownBy(() -> pages.requireRoom((free + 1) * CheckpointSink.PAGE_BYTES))
                    .isInstanceOf(CapacityException.class);
        }
    }

    private static Map<PageKey, Integer> checkpoint(
            PageFile pages, Map<PageKey, Integer> model, Random random, int round, boolean fails) {
        Map<PageKey, Integer> next = new TreeMap<>(model);
        for (int n = random.nextInt(random.nextBoolean() ? 5 : 120); n >= 0; n--) {
            next.put(new PageKey(random.nextInt(2), random.nextInt(60)), random.nextInt());
        }
        CheckpointSink sink = pages.sink(GRAPH, round, Optional.empty());
        next.forEach((key, number) -> {
            if (!number.equals(model.get(key))) {
                sink.page(key.space(), key.page(), page(number));
            }
        });
        if (random.nextInt(4) == 0) {
            int space = random.nextInt(2);
            int end = random.nextInt(60);
            sink.end(space, end);
            next.keySet().removeIf(key -> key.space() == space && key.page() >= end);
        }
        if (fails) {
            assertThatThrownBy(() -> sink.finish(new byte[CheckpointHead.MAX_HEAD_BYTES + 1]))
                    .isInstanceOf(CapacityException.class);
        } else {
            sink.finish(new byte[] {(byte) round});
        }
        return next;
    }

    private static void check(PageFile pages, Map<PageKey, Integer> model, int round) {
        assertThat(pages.saved().orElseThrow().watermark()).isEqualTo(round);
        assertThat(pages.saved().orElseThrow().pages().keySet()).isEqualTo(model.keySet());
        var source = pages.source(Cancellation.NONE);
        assertThat(source.head()).containsExactly(round);
        MemorySegment found = MemorySegment.ofArray(new byte[CheckpointSink.PAGE_BYTES]);
        model.forEach((key, number) -> {
            source.pages(key.space(), key.page(), found);
            assertThat(found.mismatch(page(number))).isEqualTo(-1);
        });
        pages.check();
        assertThatThrownBy(() -> source.pages(3, 0, found))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("missing");
    }

    // ---- coverage, samples, grace

    @Test
    void coverage_claimsOfManyThreads_coverEachRowOnceAndTheWatermarkFollows() throws Exception {
        Coverage coverage = new Coverage(10);
        ConcurrentSkipListSet<Long> rows = new ConcurrentSkipListSet<>();
        AtomicInteger wrong = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            Random random = new Random(t);
            threads.add(Thread.ofPlatform().start(() -> {
                Optional<Coverage.Rows> claimed = coverage.claim(5_000, 7);
                while (claimed.isPresent()) {
                    // Some give a part back, as after a failure.
                    Coverage.Rows range = claimed.get();
                    long reached = random.nextInt(5) == 0 ? range.first() : range.end();
                    for (long row = range.first(); row < reached; row++) {
                        wrong.addAndGet(rows.add(row) ? 0 : 1);
                    }
                    long before = coverage.watermark();
                    coverage.handedOver(range, reached);
                    wrong.addAndGet(coverage.watermark() < before ? 1 : 0);
                    claimed = coverage.claim(5_000, 7);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(wrong).hasValue(0);
        assertThat(coverage.watermark()).isEqualTo(5_000);
        assertThat(coverage.isContiguous()).isTrue();
        assertThat(rows).hasSize(4_990);
    }

    @Test
    void coverage_rowsGivenBack_holdTheWatermarkUntilTheyAreDone() {
        Coverage coverage = new Coverage(0);
        Coverage.Rows first = coverage.claim(100, 10).orElseThrow();
        Coverage.Rows second = coverage.claim(100, 10).orElseThrow();
        coverage.handedOver(second, second.end());
        assertThat(coverage.watermark()).isZero();
        coverage.handedOver(first, 4);
        assertThat(coverage.watermark()).isEqualTo(4);
        assertThat(coverage.isContiguous()).isFalse();
        Coverage.Rows again = coverage.claim(100, 10).orElseThrow();
        assertThat(again).isEqualTo(new Coverage.Rows(4, 10));
        coverage.handedOver(again, 10);
        assertThat(coverage.watermark()).isEqualTo(20);
        assertThat(coverage.isContiguous()).isTrue();
    }

    @Test
    void samples_areEvenAndLiveAndNoMoreThanAsked() {
        RowFilter even = ordinal -> ordinal % 2 == 0;
        long[] all = Samples.of(new IndexedRows.State(1_001, 501, even), 16);
        assertThat(all).hasSize(501).isSorted().endsWith(1_000);
        long[] many = Samples.of(new IndexedRows.State(100_000, 50_000, even), 16);
        assertThat(many).hasSize(Samples.MOST_ROWS).isSorted().doesNotHaveDuplicates();
        assertThat(Samples.of(new IndexedRows.State(100_000, 50_000, even), 4_096))
                .as("32 MiB of floats")
                .hasSize(2_048)
                .isSorted()
                .doesNotHaveDuplicates();
        assertThat(java.util.Arrays.stream(many)).allMatch(row -> row % 2 == 0);
        for (int i = 1; i < many.length; i++) {
            assertThat(many[i] - many[i - 1]).isEqualTo(10);
        }
    }

    @Test
    void grace_waitsForThoseInsideAndNotForThoseThatCome() throws Exception {
        GracePeriod grace = new GracePeriod();
        AtomicInteger freed = new AtomicInteger();
        AtomicInteger seen = new AtomicInteger();
        AtomicInteger wrong = new AtomicInteger();
        List<Thread> readers = new ArrayList<>();
        for (int t = 0; t < 3; t++) {
            readers.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 20_000; i++) {
                    int entered = grace.enter();
                    int current = seen.get();
                    // What was current when it was read is not freed as long as we are inside.
                    Thread.onSpinWait();
                    wrong.addAndGet(freed.get() > current ? 1 : 0);
                    grace.leave(entered);
                }
            }));
        }
        for (int i = 1; i <= 200; i++) {
            seen.set(i);
            grace.await();
            freed.set(i);
        }
        for (Thread reader : readers) {
            reader.join();
        }
        assertThat(wrong).hasValue(0);
        int inside = grace.enter();
        Thread waiter = Thread.ofPlatform().start(grace::await);
        while (waiter.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        grace.leave(grace.enter());
        assertThat(waiter.isAlive()).isTrue();
        grace.leave(inside);
        waiter.join();
    }
}
