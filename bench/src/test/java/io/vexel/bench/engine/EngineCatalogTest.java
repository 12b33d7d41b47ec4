package io.vexel.bench.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.bench.data.Dataset;
import io.vexel.bench.data.DatasetRequest;
import io.vexel.bench.data.Datasets;
import io.vexel.distance.Metric;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every engine, ours and the peers, on a small set. */
class EngineCatalogTest {

    private static final int K = 10;

    private static final Dataset L2 = load(Metric.L2);
    private static final Dataset DOT = load(Metric.DOT);

    private final EngineCatalog catalog = new EngineCatalog();

    private static Dataset load(Metric metric) {
        return Datasets.load(new DatasetRequest("synthetic:700x16", Optional.of(metric), OptionalInt.empty(), K));
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
        try (AnnIndex index = engine.build(L2, 1)) {
            double narrow = recall(index, L2, K);
            double wide = recall(index, L2, 120);
            assertThat(wide).isGreaterThan(0.97).isGreaterThanOrEqualTo(narrow);
            assertThat(index.bytes(10_000)).isGreaterThan(L2.base().length * L2.rawBytesPerVector());
            // A collection has no index yet when it has so few points.
            boolean exact = !engine.isApproximate() || name.equals("vexel-collection");
            if (exact) {
                assertThat(narrow).isEqualTo(1);
            } else {
                assertThat(narrow).isLessThan(1);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void engine_innerProductOnTwoThreads_findsTheNearest(String name) {
        try (AnnIndex index = catalog.make(name).build(DOT, 2)) {
            assertThat(recall(index, DOT, 200)).isGreaterThan(0.9);
        }
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
