package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.ClosedException;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.IndexStatus.Phase;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.device.ForwardingDevice;
import io.vexel.distance.Metric;
import io.vexel.index.IndexKind;
import io.vexel.index.IndexSpec;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.DiskImage;
import io.vexel.testkit.Fault;
import io.vexel.testkit.FaultRule;
import io.vexel.testkit.SimulatedDevice;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Searches that come first to an index that has to be loaded, on a device that answers when the test lets it. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LoadingSearchTest {

    private static final int POINTS = 2_100;
    private static final int DIMENSION = 24;
    private static final Map<IndexKind, DiskImage> IMAGES = new EnumMap<>(IndexKind.class);

    /** Where nobody loads in the background. */
    enum Opening {
        READ_ONLY,
        WITHOUT_INDEX_THREADS;

        VolumeOptions options(MemoryBudget budget) {
            VolumeOptions.Builder options =
                    VolumeOptions.builder().budget(budget).withoutPressure();
            return this == READ_ONLY
                    ? options.readOnly().build()
                    : options.indexThreads(0).build();
        }
    }

    /** A device whose reads wait while it is held. */
    private static final class HeldDevice extends ForwardingDevice {

        final SimulatedDevice simulated;
        final AtomicLong reads = new AtomicLong();
        private volatile CountDownLatch held = new CountDownLatch(0);
        private volatile CountDownLatch reached = new CountDownLatch(0);

        HeldDevice(SimulatedDevice device) {
            super(device);
            simulated = device;
        }

        void hold() {
            reached = new CountDownLatch(1);
            held = new CountDownLatch(1);
        }

        boolean isReached() {
            return reached.getCount() == 0;
        }

        void awaitRead() throws InterruptedException {
            reached.await();
        }

        void letGo() {
            held.countDown();
        }

        private void pass(int count) {
            reads.addAndGet(count);
            reached.countDown();
            try {
                held.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException("the thread that reads was interrupted", e);
            }
        }

        @Override
        public void read(long offset, MemorySegment target) {
            pass(1);
            device.read(offset, target);
        }

        @Override
        public void readMany(long[] offsets, MemorySegment[] targets, int count) {
            pass(count);
            device.readMany(offsets, targets, count);
        }
    }

    @BeforeAll
    static void save() {
        for (IndexKind kind : new IndexKind[] {IndexKind.GRAPH, IndexKind.HNSW, IndexKind.LSH}) {
            SimulatedDevice device = new SimulatedDevice(Disks.formatted(64 << 20, 4096, 5), 5).withoutLog();
            try (Volume volume = Volume.open(device, Opening.WITHOUT_INDEX_THREADS.options(MemoryBudget.unlimited()))) {
                Collection c = volume.createCollection(CollectionSpec.builder("c")
                        .dimension(DIMENSION)
                        .metric(Metric.L2)
                        .build());
                c.createIndex(IndexSpec.parse(kind, Map.of()));
                c.upsertAll(IntStream.range(0, POINTS)
                        .mapToObj(id -> Point.of(PointId.of(id), Disks.clustered(DIMENSION, id)))
                        .toList());
                assertThat(c.awaitIndexed().phase()).isEqualTo(Phase.ACTIVE);
            }
            IMAGES.put(kind, device.image());
        }
    }

    private static HeldDevice device(IndexKind kind) {
        return new HeldDevice(new SimulatedDevice(IMAGES.get(kind), 7).withoutLog());
    }

    private static SearchRequest.Builder nearest() {
        return SearchRequest.builder(Disks.clustered(DIMENSION, 77)).k(3);
    }

    private static void assertFoundByTheIndex(Collection c) {
        SearchResult found = c.search(nearest().build());
        assertThat(found.plan().kind()).isEqualTo(SearchPlan.Kind.INDEX_AND_TAIL);
        assertThat(found.hits().getFirst().id()).isEqualTo(PointId.of(77));
    }

    /** What is read for a first search that nothing disturbs. */
    private static long readsUndisturbed(IndexKind kind, Opening opening) {
        HeldDevice device = device(kind);
        try (Volume volume = Volume.open(device, opening.options(MemoryBudget.unlimited()))) {
            assertFoundByTheIndex(volume.collection("c"));
            return device.reads.get();
        }
    }

    @ParameterizedTest
    @CsvSource({"GRAPH,READ_ONLY", "GRAPH,WITHOUT_INDEX_THREADS", "HNSW,READ_ONLY", "LSH,WITHOUT_INDEX_THREADS"})
    void search_thatEndsWhileItHasTheIndexLoaded_leavesTheLoadingToTheNext(IndexKind kind, Opening opening) {
        HeldDevice device = device(kind);
        MemoryBudget budget = MemoryBudget.unlimited();
        try (Volume volume = Volume.open(device, opening.options(budget))) {
            Collection c = volume.collection("c");
            device.hold();
            SearchRequest timed = nearest().timeout(Duration.ofMillis(1)).build();
            assertThatThrownBy(() -> c.search(timed)).isInstanceOf(SearchTimeoutException.class);
            SearchRequest cancelled = nearest().cancellation(device::isReached).build();
            assertThatThrownBy(() -> c.search(cancelled))
                    .isInstanceOf(CancellationException.class)
                    .hasMessage("the search was cancelled");
            Thread searching = Thread.currentThread();
            SearchRequest interrupted = nearest()
                    .cancellation(() -> {
                        searching.interrupt();
                        return false;
                    })
                    .build();
            assertThatThrownBy(() -> c.search(interrupted))
                    .isInstanceOf(CancellationException.class)
                    .hasMessage("the search was interrupted");
            assertThat(Thread.interrupted()).isTrue();
            assertThat(c.indexStatus().phase()).isEqualTo(Phase.UNLOADED);
            device.letGo();
            assertFoundByTheIndex(c);
            assertThat(c.indexStatus().phase()).isEqualTo(Phase.ACTIVE);
            assertThat(device.reads).as("it is read once").hasValue(readsUndisturbed(kind, opening));
        }
        assertThat(budget.usedByOwner()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Opening.class)
    void searches_thatWaitTogether_haveTheIndexLoadedOnce(Opening opening) throws Exception {
        HeldDevice device = device(IndexKind.GRAPH);
        try (Volume volume = Volume.open(device, opening.options(MemoryBudget.unlimited()));
                ExecutorService others = Executors.newVirtualThreadPerTaskExecutor()) {
            Collection c = volume.collection("c");
            device.hold();
            CountDownLatch waiting = new CountDownLatch(4);
            List<Future<SearchResult>> searches = IntStream.range(0, 4)
                    .mapToObj(_ -> others.submit(() -> c.search(nearest()
                            .cancellation(() -> {
                                waiting.countDown();
                                return false;
                            })
                            .build())))
                    .toList();
            waiting.await();
            device.awaitRead();
            device.letGo();
            for (Future<SearchResult> search : searches) {
                assertThat(search.get().plan().kind()).isEqualTo(SearchPlan.Kind.INDEX_AND_TAIL);
            }
            assertThat(device.reads).hasValue(readsUndisturbed(IndexKind.GRAPH, opening));
        }
    }

    @ParameterizedTest
    @EnumSource(Opening.class)
    void close_whileASearchHasTheIndexLoaded_breaksBothOff(Opening opening) throws Exception {
        HeldDevice device = device(IndexKind.GRAPH);
        MemoryBudget budget = MemoryBudget.unlimited();
        try (ExecutorService others = Executors.newFixedThreadPool(2)) {
            Volume volume = Volume.open(device, opening.options(budget));
            Collection c = volume.collection("c");
            device.hold();
            Future<SearchResult> search = others.submit(() -> c.search(nearest().build()));
            device.awaitRead();
            Future<?> closing = others.submit(volume::close);
            // While the device still does not answer.
            assertThatThrownBy(search::get).hasCauseInstanceOf(ClosedException.class);
            assertThat(closing.isDone()).isFalse();
            device.letGo();
            closing.get();
            assertThat(device.reads).hasValueLessThan(readsUndisturbed(IndexKind.GRAPH, opening));
        }
        assertThat(budget.usedByOwner()).isEmpty();
        SimulatedDevice again = new SimulatedDevice(device.simulated.image(), 8).withoutLog();
        try (Volume volume = Volume.open(again, opening.options(budget))) {
            assertFoundByTheIndex(volume.collection("c"));
        }
    }

    /** Who waits compares every row then, and is told why, as everybody after him. */
    @ParameterizedTest
    @EnumSource(Opening.class)
    void load_thatFails_isReportedAndAnsweredExactly(Opening opening) throws Exception {
        HeldDevice device = device(IndexKind.GRAPH);
        try (Volume volume = Volume.open(device, opening.options(MemoryBudget.unlimited()));
                ExecutorService others = Executors.newSingleThreadExecutor()) {
            Collection c = volume.collection("c");
            List<Hit> exact = c.search(nearest().exact().build()).hits();
            device.hold();
            Future<SearchResult> search = others.submit(() -> c.search(nearest().build()));
            device.awaitRead();
            device.simulated.inject(FaultRule.onRange(Fault.READ_ERROR, 0, Long.MAX_VALUE));
            device.letGo();
            assertThat(search.get().hits()).isEqualTo(exact);
            assertThat(search.get().plan().kind()).isEqualTo(SearchPlan.Kind.EXACT_SCAN);
            assertThat(c.indexStatus().phase()).isEqualTo(Phase.UNUSABLE);
            assertThat(c.indexStatus().problem()).get().asString().contains("the index cannot be used");
            device.simulated.healAll();
        }
    }

    /** Not even its small rows fit, so it is waited for. */
    @ParameterizedTest
    @EnumSource(Opening.class)
    void load_thatIsRefusedMemory_isReportedAndAnsweredExactly(Opening opening) {
        MemoryBudget budget =
                MemoryBudget.withRefusal(1L << 32, (owner, _) -> owner.equals("graph") || owner.startsWith("pag"));
        try (Volume volume = Volume.open(device(IndexKind.GRAPH), opening.options(budget))) {
            Collection c = volume.collection("c");
            SearchResult found = c.search(nearest().build());
            assertThat(found.plan().kind()).isEqualTo(SearchPlan.Kind.EXACT_SCAN);
            assertThat(c.indexStatus().phase()).isEqualTo(Phase.WAITING);
            assertThat(c.indexStatus().shortage()).isPresent();
        }
    }
}
