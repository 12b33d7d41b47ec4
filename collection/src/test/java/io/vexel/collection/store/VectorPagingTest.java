package io.vexel.collection.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.Bytes;
import io.vexel.base.CapacityException;
import io.vexel.base.CorruptionException;
import io.vexel.base.DeviceException;
import io.vexel.base.TimeSource;
import io.vexel.base.VexelException;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.CompactionProgress;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorCacheStatistics;
import io.vexel.collection.VectorData;
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
import io.vexel.testkit.Fault;
import io.vexel.testkit.FaultRule;
import io.vexel.testkit.SimulatedDevice;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Collections with more vectors than their budget: rows are those that were written, whoever has to give memory back meanwhile. */
class VectorPagingTest {

    /** 1 KiB a row, 2,048 a chunk of 2 MiB. */
    private static final CollectionSpec SPEC = new CollectionSpec("c", 256, Metric.L2);

    /** 3 KiB a row. */
    private static final CollectionSpec WIDE = new CollectionSpec("c", 800, Metric.L2);

    /** 2 KiB and a little a row. */
    private static final CollectionSpec ODD = new CollectionSpec("c", 520, Metric.L2);

    /** 160 bytes a row: two share an entry of the cache. */
    private static final CollectionSpec SHORT = new CollectionSpec("c", 40, Metric.L2);

    private static final long CHUNK = 2 * Bytes.MIB;

    private static final int MOST_TRIES = 10_000;
    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");

    private SimulatedDevice device = formatted();
    private FileSystem files = FileSystem.open(device, MountOptions.defaults());

    private static SimulatedDevice formatted() {
        SimulatedDevice device = SimulatedDevice.zeros(256 * Bytes.MIB, 1).withoutLog();
        Mkfs.format(device, FormatOptions.defaults());
        return device;
    }

    @AfterEach
    void close() {
        device.healAll();
        files.close();
    }

    /** Nothing of the device is in memory afterwards. */
    private void mountAgain() {
        files.close();
        device = new SimulatedDevice(device.image(), 1).withoutLog();
        files = FileSystem.open(device, MountOptions.defaults());
    }

    private CollectionCatalog catalog(MemoryBudget budget) {
        return new CollectionCatalog(
                files, budget, TimeSource.SYSTEM, new CatalogOptions(0, Long.MAX_VALUE, SlabOptions.standard()));
    }

    private static float[] row(CollectionSpec spec, int number) {
        float[] row = new float[spec.dimension()];
        for (int i = 0; i < row.length; i++) {
            row[i] = number + i / 1024f;
        }
        return row;
    }

    private static void append(CollectionStore store, int from, int to) {
        store.await(store.upsert(IntStream.range(from, to)
                .mapToObj(i -> Point.of(PointId.of(i), VectorData.of(row(store.spec(), i))))
                .toList()));
    }

    private static CollectionStore filled(CollectionCatalog catalog, CollectionSpec spec, int rows) {
        CollectionStore store = catalog.create(spec);
        for (int from = 0; from < rows; from += 1_000) {
            append(store, from, Math.min(rows, from + 1_000));
        }
        return store;
    }

    private static void checkRow(ReadView view, CollectionSpec spec, int number) {
        assertThat(view.vector(number)).isEqualTo(VectorData.of(row(spec, number)));
    }

    @Test
    void rowsOfEveryLength_moreThanTheBudget_areReadThroughTheCache() {
        int round = 0;
        for (CollectionSpec spec : List.of(SPEC, WIDE, ODD)) {
            int rows = (int) (24 * Bytes.MIB / spec.rowBytes());
            MemoryBudget budget = new MemoryBudget(20 * Bytes.MIB);
            try (CollectionCatalog catalog = catalog(budget)) {
                filled(catalog, spec, rows);
            }
            try (CollectionCatalog catalog = catalog(budget)) {
                CollectionStore store = catalog.find("c").orElseThrow();
                Random random = new Random(++round);
                try (ReadView view = store.view()) {
                    for (int i = 0; i < 60_000; i++) {
                        checkRow(view, spec, random.nextInt(random.nextBoolean() ? rows / 16 : rows));
                    }
                    checkRow(view, spec, rows - 1);
                }
                VectorCacheStatistics cache = catalog.vectorCache();
                assertThat(cache.hits()).isGreaterThan(24_000);
                assertThat(cache.evictions()).isPositive();
                assertThat(cache.hitRatio()).isBetween(0.4, 0.99);
                assertThat(cache.objects())
                        .as("all entries are objects of one slab cache, of exact size")
                        .singleElement()
                        .satisfies(objects -> {
                            assertThat(objects.name()).isEqualTo("vector_entries");
                            assertThat(objects.size().objectBytes()).isEqualTo(spec.rowBytes());
                            assertThat(objects.objects().active()).isEqualTo(cache.usedEntries());
                        });
                assertThat(catalog.residentVectorBytes())
                        .as("single rows bring no chunk in")
                        .isZero();
                assertThat(budget.peakBytes()).isLessThanOrEqualTo(budget.limitBytes());
                catalog.drop("c");
            }
            assertThat(budget.usedBytes()).isZero();
        }
    }

    /** Rows in chunks, in the cache, in neither, at the end, and the same row twice. */
    @Test
    void manyRows_readAtOnce_areThoseThatWereWritten() {
        for (CollectionSpec spec : List.of(SPEC, WIDE, ODD)) {
            int rows = (int) (24 * Bytes.MIB / spec.rowBytes());
            for (long limit : List.of(20 * Bytes.MIB, 6 * Bytes.MIB, 64 * Bytes.MIB)) {
                try (CollectionCatalog catalog = catalog(new MemoryBudget(64 * Bytes.MIB))) {
                    filled(catalog, spec, rows);
                }
                try (CollectionCatalog catalog = catalog(new MemoryBudget(limit))) {
                    CollectionStore store = catalog.find("c").orElseThrow();
                    try (ReadView view = store.view()) {
                        readManyAtOnce(store, view, new Random(limit));
                    }
                    catalog.drop("c");
                }
            }
        }
    }

    private static void readManyAtOnce(CollectionStore store, ReadView view, Random random) {
        CollectionSpec spec = store.spec();
        int rows = view.snapshot().rowCount();
        SingleRows single =
                new SingleRows(store.vectors(), () -> view.snapshot().rowCount(), store.readers());
        for (int round = 0; round < 200; round++) {
            int count = random.nextInt(20);
            if (round % 20 == 0) {
                // Brings a chunk in, where all fit.
                single.address(random.nextInt(rows));
            }
            long[] ordinals = new long[count + 2];
            for (int i = 0; i < count; i++) {
                ordinals[i] = i > 0 && random.nextInt(8) == 0
                        ? ordinals[i - 1]
                        : random.nextInt(8) == 0 ? rows - 1 - random.nextInt(8) : random.nextInt(rows);
            }
            MemorySegment target = MemorySegment.ofArray(new byte[count * spec.rowBytes()]);
            single.readMany(ordinals, count, target);
            for (int i = 0; i < count; i++) {
                assertThat(VectorData.Floats.read(
                                spec.elementType(), target, (long) i * spec.rowBytes(), spec.dimension()))
                        .as("row %d", ordinals[i])
                        .isEqualTo(VectorData.of(row(spec, (int) ordinals[i])));
            }
        }
        assertThatThrownBy(() ->
                        single.readMany(new long[] {0, rows}, 2, MemorySegment.ofArray(new byte[2 * spec.rowBytes()])))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("row " + rows);
    }

    @Test
    void manyRows_damageInOneOfThem_isReported_andTheOthersAreReadable() {
        MemoryBudget budget = new MemoryBudget(20 * Bytes.MIB);
        try (CollectionCatalog catalog = catalog(budget)) {
            filled(catalog, SPEC, 24_000);
        }
        for (Fault fault : List.of(Fault.READ_ERROR, Fault.BIT_FLIP)) {
            for (int skip = 0; skip < 8; skip++) {
                try (CollectionCatalog catalog = catalog(budget)) {
                    CollectionStore store = catalog.find("c").orElseThrow();
                    long[] ordinals = new Random(100 * fault.ordinal() + skip)
                            .longs(16, 0, 24_000)
                            .sorted()
                            .toArray();
                    MemorySegment target = MemorySegment.ofArray(new byte[16 * SPEC.rowBytes()]);
                    try (ReadView view = store.view()) {
                        checkRow(view, SPEC, 23_999);
                        SingleRows single = new SingleRows(
                                store.vectors(), () -> view.snapshot().rowCount(), store.readers());
                        device.inject(FaultRule.afterCall(fault, skip));
                        assertThatThrownBy(() -> single.readMany(ordinals, 16, target))
                                .as("%s after %d", fault, skip)
                                .isInstanceOf(
                                        fault == Fault.READ_ERROR ? DeviceException.class : CorruptionException.class);
                        device.healAll();
                        single.readMany(ordinals, 16, target);
                        assertThat(VectorData.Floats.read(
                                        SPEC.elementType(), target, 15L * SPEC.rowBytes(), SPEC.dimension()))
                                .isEqualTo(VectorData.of(row(SPEC, (int) ordinals[15])));
                    }
                }
            }
        }
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void shortRows_shareEntries_andAreReadOneByOne() {
        int rows = (int) (24 * Bytes.MIB / SHORT.rowBytes());
        MemoryBudget budget = new MemoryBudget(24 * Bytes.MIB);
        try (CollectionCatalog catalog = catalog(budget)) {
            filled(catalog, SHORT, rows + 1);
        }
        try (CollectionCatalog catalog = catalog(budget)) {
            CollectionStore store = catalog.find("c").orElseThrow();
            try (ReadView view = store.view()) {
                for (int row = 0; row < rows + 1; row++) {
                    checkRow(view, SHORT, row);
                }
            }
            VectorCacheStatistics cache = catalog.vectorCache();
            assertThat(cache.objects().getFirst().size().objectBytes()).isEqualTo(2 * SHORT.rowBytes());
            assertThat(cache.hits()).isGreaterThan(rows / 5 * 2);
            assertThat(cache.hits() + cache.misses())
                    .as("the last row fills no entry yet")
                    .isLessThanOrEqualTo(rows);
            try (ReadView view = store.view()) {
                readManyAtOnce(store, view, new Random(1));
            }
        }
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void collectionsOfTwoLengths_shareTheMemory() {
        MemoryBudget budget = new MemoryBudget(40 * Bytes.MIB);
        CollectionSpec other = new CollectionSpec("other", WIDE.dimension(), Metric.L2);
        try (CollectionCatalog catalog = catalog(budget)) {
            filled(catalog, SPEC, 44 * 1_024);
            filled(catalog, other, 44 * 1_024 / 3);
        }
        try (CollectionCatalog catalog = catalog(budget)) {
            CollectionStore first = catalog.find("c").orElseThrow();
            CollectionStore second = catalog.find("other").orElseThrow();
            Random random = new Random(1);
            try (ReadView view = first.view()) {
                for (int i = 0; i < 60_000; i++) {
                    checkRow(view, SPEC, random.nextInt(44 * 1_024));
                }
            }
            assertThat(budget.availableBytes()).isLessThan(8 * Bytes.MIB);
            try (ReadView view = second.view()) {
                for (int i = 0; i < 20_000; i++) {
                    checkRow(view, other, random.nextInt(1_000));
                }
            }
            assertThat(second.vectors().cacheHits()).isGreaterThan(15_000);
            assertThat(catalog.vectorCache().objects()).hasSize(2);
            assertThat(budget.peakBytes()).isLessThanOrEqualTo(budget.limitBytes());
        }
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void vectorsThatFit_needNoCache() {
        try (CollectionCatalog catalog = catalog(new MemoryBudget(64 * Bytes.MIB))) {
            CollectionStore store = filled(catalog, SPEC, 8_000);
            try (ReadView view = store.view()) {
                for (int i = 0; i < 8_000; i += 7) {
                    checkRow(view, SPEC, i);
                }
            }
            assertThat(catalog.vectorCache()).isEqualTo(VectorCacheStatistics.NONE);
            assertThat(catalog.residentVectorBytes()).isGreaterThanOrEqualTo(8_000L * SPEC.rowBytes());
        }
    }

    @Test
    void memoryForOthers_comesFromChunks_onceReadersHaveLeft() {
        MemoryBudget budget = new MemoryBudget(32 * Bytes.MIB);
        try (CollectionCatalog catalog = catalog(budget)) {
            CollectionStore store = filled(catalog, SPEC, 8_192);
            long before = catalog.residentVectorBytes();
            long wanted = budget.availableBytes() + CHUNK / 2;
            try (ReadView view = store.view();
                    ChunkLease lease = view.source().lease(0, 0, 2_048)) {
                assertThatThrownBy(() -> budget.reserve("hog", wanted)).isInstanceOf(CapacityException.class);
                // Hidden, and still there for whoever has its address.
                long last = lease.address() + 2_047L * SPEC.rowBytes();
                assertThat(RawMemory.ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, last))
                        .isEqualTo(2_047f);
                checkRow(view, SPEC, 5);
            }
            budget.reserve("hog", wanted);
            assertThat(catalog.residentVectorBytes()).isBetween(1L, before - CHUNK);
            checkEverything(store, 8_192);
            budget.release("hog", wanted);
            checkEverything(store, 8_192);
        }
        assertThat(budget.usedBytes()).isZero();
    }

    private static void checkEverything(CollectionStore store, int rows) {
        try (ReadView view = store.view()) {
            RowSource source = view.source();
            int perChunk = source.rowsPerChunk();
            for (int at = 0; at < rows; ) {
                int first = at % perChunk;
                int end = Math.min(Math.min(perChunk, first + 700), first + rows - at);
                checkRow(view, store.spec(), at);
                try (ChunkLease lease = source.lease(at / perChunk, first, end)) {
                    for (int row = first; row < Math.min(end, lease.rowEnd()); row++, at++) {
                        long address =
                                lease.address() + (long) row * store.spec().rowBytes();
                        assertThat(RawMemory.ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, address))
                                .isEqualTo(at);
                    }
                }
            }
        }
    }

    @Test
    void rowsAtTheEnd_thatReadersSeeGrow_areCachedOnceTheyAreDurable() {
        MemoryBudget budget = new MemoryBudget(20 * Bytes.MIB);
        try (CollectionCatalog catalog = catalog(budget)) {
            filled(catalog, SPEC, 24_001);
        }
        // Opened again, the writer has no chunk to lay rows in.
        try (CollectionCatalog catalog = catalog(budget)) {
            CollectionStore store = catalog.find("c").orElseThrow();
            for (int rows = 24_001; rows < 24_060; rows++) {
                try (ReadView view = store.view()) {
                    for (int row = 23_990; row < rows; row++) {
                        checkRow(view, SPEC, row);
                    }
                }
                append(store, rows, rows + 1);
            }
            assertThat(catalog.vectorCache().hits()).isGreaterThan(1_000);
            assertThat(catalog.vectorCache().misses()).isLessThan(80);
        }
    }

    @Test
    void rowsThatWereGivenUp_leaveTheCache() {
        MemoryBudget budget = new MemoryBudget(20 * Bytes.MIB);
        try (CollectionCatalog catalog = catalog(budget)) {
            filled(catalog, SPEC, 24_000);
        }
        try (CollectionCatalog catalog = catalog(budget)) {
            CollectionStore store = catalog.find("c").orElseThrow();
            try (ReadView view = store.view()) {
                for (int row = 0; row < 4_096; row++) {
                    checkRow(view, SPEC, row);
                }
            }
            store.await(store.delete(
                    IntStream.range(1_024, 3_000).<PointId>mapToObj(PointId::of).toList()));
            store.compact(CompactionProgress.NONE);
            MemorySegment row = MemorySegment.ofArray(new byte[SPEC.rowBytes()]);
            store.vectors().readRows(1_100, row, 24_000);
            assertThat(row.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4))
                    .as("what the file says: a hole")
                    .isZero();
            try (ReadView view = store.view()) {
                for (int at = 0; at < 24_000; at += 11) {
                    if (view.isLive(at)) {
                        checkRow(view, SPEC, at);
                    }
                }
            }
        }
    }

    @Test
    void readsThatFail_sayWhatTheyWouldWithoutTheCache_andLaterOnesWork() {
        MemoryBudget budget = new MemoryBudget(20 * Bytes.MIB);
        try (CollectionCatalog catalog = catalog(budget)) {
            filled(catalog, SPEC, 24_000);
        }
        for (Fault fault : List.of(Fault.READ_ERROR, Fault.BIT_FLIP)) {
            Class<? extends VexelException> expected =
                    fault == Fault.READ_ERROR ? DeviceException.class : CorruptionException.class;
            for (int skip = 0; skip < (DEEP ? 60 : 12); skip++) {
                mountAgain();
                try (CollectionCatalog catalog = catalog(budget)) {
                    CollectionStore store = catalog.find("c").orElseThrow();
                    Random random = new Random(skip);
                    try (ReadView view = store.view()) {
                        checkRow(view, SPEC, 0);
                        device.inject(FaultRule.afterCall(fault, skip));
                        int failures = 0;
                        for (int i = 0; i < 80; i++) {
                            int row = random.nextInt(24_000);
                            try {
                                checkRow(view, SPEC, row);
                            } catch (VexelException e) {
                                assertThat(e).isInstanceOf(expected);
                                failures++;
                            }
                        }
                        // A row that can be read takes a read, but for the few that lie beside another.
                        assertThat(failures)
                                .as("fault " + fault + " after " + skip)
                                .isBetween(80 - skip, 80);
                        device.healAll();
                        for (int i = 0; i < 200; i++) {
                            checkRow(view, SPEC, random.nextInt(24_000));
                        }
                    }
                }
            }
        }
        assertThat(budget.usedBytes()).isZero();
    }

    /** Everything that can be done to a collection, in a random order, compared with a map. */
    @Test
    void randomOperations_underASmallBudget_agreeWithAMap() {
        for (long seed = 1; seed <= (DEEP ? 20 : 2); seed++) {
            new Model(seed).run(DEEP ? 400 : 120);
        }
    }

    private final class Model {

        private final long seed;
        private final Random random;
        private final MemoryBudget budget = new MemoryBudget(18 * Bytes.MIB);
        private final Map<Integer, Integer> twin = new HashMap<>();
        private CollectionCatalog catalog = catalog(budget);
        private CollectionStore store = catalog.create(SPEC);
        private int next;
        private long hog;

        /** Whether any catalog so far had rows in memory that were asked for: one that was opened just now may not yet. */
        private boolean servedFromMemory;

        Model(long seed) {
            this.seed = seed;
            this.random = new Random(seed);
        }

        void run(int steps) {
            try {
                for (int step = 0; step < steps; step++) {
                    switch (random.nextInt(9)) {
                        case 0, 1, 2, 3 -> put();
                        case 4 -> delete();
                        case 5 -> hog();
                        case 6 -> compactOrReopen();
                        default -> {}
                    }
                    check("seed " + seed + ", step " + step);
                }
                lookAtMemory();
                assertThat(servedFromMemory).as("seed " + seed).isTrue();
            } finally {
                budget.release("hog", hog);
                catalog.drop("c");
                catalog.close();
            }
            assertThat(budget.usedBytes()).as("seed " + seed).isZero();
        }

        private void lookAtMemory() {
            servedFromMemory |= catalog.vectorCache().hits() + catalog.residentVectorBytes() > 0;
        }

        private void put() {
            List<Point> batch = new ArrayList<>();
            Map<Integer, Integer> changes = new HashMap<>();
            int count = 1 + random.nextInt(600);
            for (int i = 0; i < count; i++) {
                int id = random.nextInt(4) == 0 ? random.nextInt(1 + next) : next++;
                if (changes.putIfAbsent(id, random.nextInt(1 << 20)) == null) {
                    batch.add(Point.of(PointId.of(id), VectorData.of(row(SPEC, changes.get(id)))));
                }
            }
            try {
                store.await(store.upsert(batch));
                twin.putAll(changes);
            } catch (CapacityException e) {
                // Others have the memory: nothing changed.
                assertThat(hog).isPositive();
            }
        }

        private void delete() {
            List<PointId> ids = new ArrayList<>();
            int from = random.nextInt(1 + next);
            for (int id = from; id < from + 2_000; id++) {
                ids.add(PointId.of(id));
                twin.remove(id);
            }
            store.await(store.delete(ids));
        }

        /** Somebody else takes memory that chunks and the cache have, or gives it back. */
        private void hog() {
            if (hog > 0) {
                budget.release("hog", hog);
                hog = 0;
                return;
            }
            long wanted = budget.availableBytes() + random.nextInt((int) (2 * CHUNK));
            try {
                budget.reserve("hog", wanted);
                hog = wanted;
            } catch (CapacityException e) {
                assertThat(budget.reclaimableBytes()).as("seed " + seed).isLessThan(3 * CHUNK + 4 * Bytes.MIB);
            }
        }

        private void compactOrReopen() {
            try {
                if (random.nextBoolean()) {
                    store.compact(CompactionProgress.NONE);
                } else {
                    lookAtMemory();
                    catalog.close();
                    catalog = catalog(budget);
                    store = catalog.find("c").orElseThrow();
                }
            } catch (CapacityException e) {
                assertThat(hog).isPositive();
                budget.release("hog", hog);
                hog = 0;
                store = catalog.find("c").orElseThrow();
            }
        }

        private void check(String when) {
            try (ReadView view = store.view()) {
                assertThat(view.snapshot().liveCount()).as(when).isEqualTo(twin.size());
                for (int i = 0; i < 60; i++) {
                    int id = random.nextInt(1 + next);
                    Integer expected = twin.get(id);
                    var found = view.find(PointId.of(id));
                    assertThat(found.isPresent()).as(when).isEqualTo(expected != null);
                    if (expected != null) {
                        assertThat(view.vector(found.getAsLong()))
                                .as(when)
                                .isEqualTo(VectorData.of(row(SPEC, expected)));
                    }
                }
            }
            assertThat(budget.peakBytes()).as(when).isLessThanOrEqualTo(budget.limitBytes());
        }
    }

    /** Readers with bare addresses and through the cache, a writer, and somebody whose need of memory comes and goes. */
    @Test
    void readersWriterAndNeedOfMemory_atOnce_leaveEveryRowAsItIs() throws Exception {
        MemoryBudget budget = new MemoryBudget(32 * Bytes.MIB);
        int rounds = DEEP ? 2_000 : 150;
        // A background thread frees chunks here, beside the shrinker.
        try (CollectionCatalog catalog = new CollectionCatalog(
                        files,
                        budget,
                        TimeSource.SYSTEM,
                        new CatalogOptions(1, Long.MAX_VALUE, SlabOptions.standard()));
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            CollectionStore store = filled(catalog, SPEC, 8_000);
            store.withIndex(keeper -> {
                keeper.replace(java.util.Optional.empty());
                return null;
            });
            AtomicInteger written = new AtomicInteger(8_000);
            List<Callable<Void>> work = new ArrayList<>();
            for (int reader = 0; reader < 2; reader++) {
                Random random = new Random(reader);
                work.add(() -> {
                    for (int i = 0; i < rounds; i++) {
                        read(store, random, written.get());
                    }
                    return null;
                });
            }
            work.add(() -> {
                for (int i = 0; i < rounds / 2; i++) {
                    int from = written.get();
                    appendWhenThereIsMemory(store, from, from + 100);
                    written.set(from + 100);
                }
                return null;
            });
            work.add(() -> {
                Random random = new Random(9);
                for (int i = 0; i < rounds; i++) {
                    long bytes = random.nextInt((int) (8 * CHUNK));
                    try {
                        budget.reserve("hog", bytes);
                        budget.release("hog", bytes);
                    } catch (CapacityException e) {
                        Thread.onSpinWait();
                    }
                }
                return null;
            });
            for (Future<Void> done : threads.invokeAll(work)) {
                done.get();
            }
            checkEverything(store, written.get());
            assertThat(budget.peakBytes()).isLessThanOrEqualTo(budget.limitBytes());
        }
        assertThat(budget.usedBytes()).isZero();
    }

    /** Somebody else may have the memory that the ids need, for a moment. */
    private static void appendWhenThereIsMemory(CollectionStore store, int from, int to) {
        for (int tries = 1; ; tries++) {
            try {
                append(store, from, to);
                return;
            } catch (CapacityException e) {
                if (tries == MOST_TRIES) {
                    throw e;
                }
                Thread.yield();
            }
        }
    }

    private static void read(CollectionStore store, Random random, int rows) {
        try (ReadView view = store.view()) {
            SingleRows single =
                    new SingleRows(store.vectors(), () -> view.snapshot().rowCount(), store.readers());
            for (int i = 0; i < 20; i++) {
                int row = random.nextInt(rows);
                long address = single.address(row);
                if (address == 0) {
                    checkRow(view, SPEC, row);
                } else {
                    Thread.yield();
                    assertThat(RawMemory.ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, address))
                            .isEqualTo(row);
                }
            }
        }
    }
}
