package io.vexel.bench.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.ClosedException;
import io.vexel.bench.data.Dataset;
import io.vexel.bench.data.DatasetRequest;
import io.vexel.bench.data.Datasets;
import io.vexel.distance.Metric;
import io.vexel.engine.Collection;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every engine, ours and the peers, on a small set. */
class EngineCatalogTest {

    private static final int K = 10;

    private static final int FEW_ROWS = 700;
    /** A collection with fewer than 2,048 has no index yet. */
    private static final int ROWS_OF_A_COLLECTION = 2_400;

    private static final Dataset L2 = load(Metric.L2, FEW_ROWS);
    private static final Dataset DOT = load(Metric.DOT, FEW_ROWS);

    private final EngineCatalog catalog = new EngineCatalog();

    private static Dataset load(Metric metric, int rows) {
        return Datasets.load(
                new DatasetRequest("synthetic:" + rows + "x16", Optional.of(metric), OptionalInt.empty(), K));
    }

    private static Dataset data(String engine, Dataset usual) {
        return engine.equals(IndexedEngine.NAME) ? load(usual.metric(), ROWS_OF_A_COLLECTION) : usual;
    }

    static Stream<String> names() {
        EngineCatalog all = new EngineCatalog();
        return Stream.concat(all.ours().stream(), all.peers().stream());
    }

    private static double recall(AnnIndex index, Dataset data, int ef) {
        int found = 0;
        try (AnnSearcher searcher = index.searcher(ef, K)) {
            for (int q = 0; q < 100; q++) {
                int[] ids = searcher.search(data.queries()[q]);
                assertThat(ids).hasSize(K).doesNotHaveDuplicates();
                Set<Integer> wanted = new HashSet<>();
                Arrays.stream(data.truth()[q]).limit(K).forEach(wanted::add);
                found += (int) Arrays.stream(ids).filter(wanted::contains).count();
            }
        }
        return found / (100.0 * K);
    }

    @ParameterizedTest
    @MethodSource("names")
    void engine_l2_findsTheNearestAndSaysWhatItHolds(String name) {
        AnnEngine engine = catalog.make(name);
        assertThat(engine.name()).isEqualTo(name);
        assertThat(engine.settings()).doesNotContain("${").contains("bytes:");
        Dataset data = data(name, L2);
        try (AnnIndex index = engine.build(data, 1)) {
            double narrow = recall(index, data, K);
            double wide = recall(index, data, 120);
            assertThat(wide).isGreaterThan(0.97).isGreaterThanOrEqualTo(narrow);
            assertThat(index.bytes(10_000)).isGreaterThan(data.base().length * data.rawBytesPerVector());
            if (engine.isApproximate()) {
                assertThat(narrow).isLessThan(1);
            } else {
                assertThat(narrow).isEqualTo(1);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void engine_innerProductOnTwoThreads_findsTheNearest(String name) {
        Dataset data = data(name, DOT);
        try (AnnIndex index = catalog.make(name).build(data, 2)) {
            assertThat(recall(index, data, 200)).isGreaterThan(0.9);
        }
    }

    @Test
    void collectionEngine_failsWhileItBuilds_closesItsVolume() {
        AtomicReference<Collection> made = new AtomicReference<>();
        AnnEngine failing = new CollectionEngine() {
            @Override
            public String name() {
                return "failing";
            }

            @Override
            public String settings() {
                return "";
            }

            @Override
            public boolean isApproximate() {
                return false;
            }

            @Override
            void settle(Collection collection, int threads) {
                made.set(collection);
                throw new IllegalStateException("threads=" + threads);
            }
        };
        assertThatThrownBy(() -> failing.build(L2, 3)).hasMessage("threads=3");
        assertThatThrownBy(() -> made.get().count()).isInstanceOf(ClosedException.class);
    }

    @Test
    void workers_oneFails_itsExceptionComesOut() {
        AtomicInteger begun = new AtomicInteger();
        assertThatThrownBy(() -> Workers.run(3, () -> {
                    if (begun.getAndIncrement() == 1) {
                        throw new IllegalStateException("second");
                    }
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("second");
        assertThat(begun).hasValue(3);
    }

    @Test
    void jvectorEngines_together_buildTheirGraphOnce() {
        try (AnnIndex exact = catalog.make("jvector").build(L2, 1);
                AnnIndex fused = catalog.make("jvector-fused").build(L2, 1)) {
            assertThat(exact.sharedBuild()).isEqualTo(BuildTime.NONE);
            assertThat(fused.sharedBuild().seconds()).isPositive();
        }
    }

    @Test
    void jvectorFused_codes_areAByteForEightComponentsButNotTooFew() {
        assertThat(List.of(
                        JVectorFusedEngine.subspaces(8),
                        JVectorFusedEngine.subspaces(128),
                        JVectorFusedEngine.subspaces(784)))
                .containsExactly(8, 64, 98);
    }

    @Test
    void catalog_unknownName_isRefusedWithAllNames() {
        assertThatThrownBy(() -> catalog.make("faiss"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("engine=faiss, allowed: " + String.join(", ", names().toList()));
    }
}
