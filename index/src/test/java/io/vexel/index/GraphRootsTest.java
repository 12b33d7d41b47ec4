package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import io.vexel.distance.Metric;
import io.vexel.distance.NeighborCodes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Roots of a graph beside threads that offer vertices, take some away, and look for the nearest. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GraphRootsTest {

    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");
    private static final long SEED = Long.getLong("vexel.seed", 9);
    private static final int DIMENSION = 16;
    private static final int VERTICES = 3_000;
    /** Of the vertices, those that die and come again. */
    private static final int REPLACED = 60;

    private static final int SEEDS = 8;
    private static final int OFFERERS = 2;
    private static final int ROUNDS = DEEP ? 100 : 6;

    /** Of each who offers; vertices are offered again and again, or there would be few entries. */
    private static final int OFFERS = 1_000_000;

    private static ClusteredRows rows;
    private static GraphParts parts;

    @BeforeAll
    static void open() {
        rows = new ClusteredRows(Metric.L2, DIMENSION, VERTICES, SEED);
        GraphSpec spec = GraphSpec.defaults();
        GraphQuantizer quantizer = GraphQuantizer.learn(Metric.L2, DIMENSION, spec, Arrays.copyOf(rows.vectors, 100));
        GraphParts.Basis basis = new GraphParts.Basis(spec, rows.context(), quantizer);
        parts = GraphParts.create(basis, basis.wanted());
        try (GraphContext work = parts.newContext()) {
            for (int row = 0; row < VERTICES; row++) {
                work.target.aim(rows.address(row));
                work.prepare(quantizer, true);
                parts.store().byOrdinal().ensure(row);
                parts.builder().insert(work, row);
            }
        }
    }

    @AfterAll
    static void close() {
        Changed.MADE.forEach(GraphRoots::close);
        Changed.MADE.clear();
        parts.close();
        rows.close();
    }

    private static GraphRoots roots() {
        return new GraphRoots(parts.store(), rows.budget, "test", SEED);
    }

    /** The nearest entries of some roots. */
    private static List<String> seeds(GraphRoots roots, GraphContext work, int query) {
        work.target.aim(rows.address(query));
        work.prepare(parts.quantizer(), true);
        roots.seed(work, SEEDS);
        return IntStream.range(0, work.seeds.size())
                .mapToObj(i -> work.seeds.vertex(i) + " at " + work.seeds.distance(i))
                .toList();
    }

    @Test
    void seed_besideChanges_givesEntries_andAfterwardsThoseOfATwin() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            long seed = SEED + round;
            try (GraphRoots roots = roots();
                    ExecutorService threads = Executors.newFixedThreadPool(OFFERERS + 2)) {
                AtomicInteger offering = new AtomicInteger(OFFERERS);
                CyclicBarrier start = new CyclicBarrier(OFFERERS);
                List<Future<?>> all = new ArrayList<>();
                // Every other time they are full from the start, and entries are replaced.
                int before = round % 2 == 0 ? 1 : VERTICES;
                roots.load(IntStream.range(0, before).boxed().toList(), before);
                for (int i = 0; i < OFFERERS; i++) {
                    int first = 1 + i;
                    all.add(threads.submit(() -> offer(roots, first, start, offering)));
                }
                all.add(threads.submit(() -> replace(roots, seed, offering)));
                all.add(threads.submit(() -> look(roots, seed, offering)));
                for (Future<?> each : all) {
                    each.get();
                }
                assertThat(roots.offered()).isBetween((long) roots.entries().length, (long) before + OFFERERS * OFFERS);
                assertLikeATwin(roots);
            }
        }
    }

    /** A few points that are replaced again and again have entries as others do, or searches near them would begin anywhere but there. */
    @Test
    void entries_ofVerticesThatAreReplacedAgainAndAgain_areNoRarerThanOthers() {
        int staying = VERTICES - REPLACED;
        BitSet dying = new BitSet();
        dying.set(staying, VERTICES);
        long entries = 0;
        long replaced = 0;
        try (GraphRoots roots = roots()) {
            IntStream.range(0, VERTICES).forEach(roots::offer);
            for (int round = 0; round < 1_000; round++) {
                roots.replace(dying, staying);
                assertThat(Arrays.stream(roots.entries())).allMatch(vertex -> vertex < staying);
                IntStream.range(staying, VERTICES).forEach(roots::offer);
                entries += roots.entries().length;
                replaced += Arrays.stream(roots.entries())
                        .filter(vertex -> vertex >= staying)
                        .count();
            }
        }
        assertThat((double) replaced / entries).isBetween(0.9 * REPLACED / VERTICES, 1.1 * REPLACED / VERTICES);
    }

    private static Void offer(GraphRoots roots, int first, CyclicBarrier start, AtomicInteger offering)
            throws Exception {
        try {
            start.await();
            for (int i = 0; i < OFFERS; i++) {
                roots.offer((first + OFFERERS * i) % VERTICES);
            }
            return null;
        } finally {
            offering.decrementAndGet();
        }
    }

    /** As sweeps do, of which each begins when the one before has ended; the first entry goes away only when it is to. */
    private static void replace(GraphRoots roots, long seed, AtomicInteger offering) {
        SplittableRandom random = new SplittableRandom(seed);
        do {
            BitSet dying = new BitSet();
            for (int i = 0; i < VERTICES / 8; i++) {
                dying.set(random.nextInt(VERTICES));
            }
            int first = roots.first();
            int replaced = roots.replaceFirst(dying);
            assertThat(replaced).isEqualTo(dying.get(first) ? first : GraphLayout.NO_VERTEX);
            first = roots.first();
            roots.replace(dying, VERTICES - dying.cardinality());
            assertThat(roots.first()).isEqualTo(first);
            assertThat(dying.get(first)).isFalse();
        } while (offering.get() > 0);
    }

    private static void look(GraphRoots roots, long seed, AtomicInteger offering) {
        SplittableRandom random = new SplittableRandom(seed);
        try (GraphContext work = parts.newContext()) {
            do {
                List<String> _ = seeds(roots, work, random.nextInt(VERTICES));
                assertThat(work.seeds.size()).isPositive();
                for (int i = 0; i < work.seeds.size(); i++) {
                    assertThat(work.seeds.vertex(i)).isBetween(0, VERTICES - 1);
                }
            } while (offering.get() > 0);
        }
    }

    /** Roots that were given the same entries by one thread: all codes are the same, so all estimates are. */
    private static void assertLikeATwin(GraphRoots roots) {
        List<Integer> entries = Arrays.stream(roots.entries()).boxed().toList();
        assertThat(entries)
                .hasSizeGreaterThan(5 * NeighborCodes.COUNT)
                .allMatch(vertex -> vertex >= 0 && vertex < VERTICES);
        try (GraphRoots twin = roots();
                GraphContext work = parts.newContext()) {
            twin.load(entries, roots.offered());
            assertThat(twin.entries()).isEqualTo(roots.entries());
            // Each entry is among the nearest to itself.
            for (int query : entries) {
                assertThat(seeds(roots, work, query)).isEqualTo(seeds(twin, work, query));
            }
        }
    }

    /** Roots that several threads change. */
    @Param(name = "vertex", gen = IntGen.class, conf = "0:3")
    public static class Changed {

        /** Made by one thread at a time, and closed at the end. */
        private static final List<GraphRoots> MADE = new ArrayList<>();

        private final GraphRoots roots = roots();

        public Changed() {
            MADE.add(roots);
        }

        @Operation
        public void offer(@Param(name = "vertex") int vertex) {
            roots.offer(vertex);
        }

        @Operation
        public boolean offerFirst(@Param(name = "vertex") int vertex) {
            return roots.offerFirst(vertex);
        }

        @Operation
        public int first() {
            return roots.first();
        }

        @Operation
        public String entries() {
            return Arrays.toString(roots.entries());
        }

        @Operation
        public int replace(@Param(name = "vertex") int vertex) {
            return roots.replaceFirst(BitSet.valueOf(new long[] {1L << vertex}));
        }
    }

    /** By the model checker of Lincheck, which sees the entries and their count, and not their codes. */
    @Test
    void roots_changedBySeveralThreads_areLinearizable() {
        new ModelCheckingOptions()
                .iterations(DEEP ? 60 : 4)
                .invocationsPerIteration(DEEP ? 500 : 60)
                .addGuarantee(forClasses(VertexStore.class.getName(), NeighborCodes.class.getName())
                        .allMethods()
                        .ignore())
                .loopBound(1_000)
                .threads(2)
                .actorsPerThread(3)
                .actorsBefore(1)
                .actorsAfter(1)
                .minimizeFailedScenario(false)
                .check(Changed.class);
    }
}
