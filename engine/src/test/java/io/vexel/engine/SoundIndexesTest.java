package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.collection.CollectionSpec;
import io.vexel.distance.Metric;
import io.vexel.index.IndexKind;
import io.vexel.index.IndexSpec;
import io.vexel.testkit.ClosingChecks.NotChecked;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each index of a volume is looked at when it is closed, for whatever reason. That what is wrong with it is found is shown in {@code collection}. */
@NotChecked("it looks for itself")
class SoundIndexesTest {

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FLAT")
    void index_replacedDroppedOrClosedWithItsVolume_isChecked(IndexKind kind) {
        SoundIndexes checks = new SoundIndexes();
        checks.watch();
        try (Volume volume = Volume.inMemory(64 << 20)) {
            for (String name : new String[] {"dropped", "closed"}) {
                Collection c = volume.createCollection(new CollectionSpec(name, 8, Metric.L2));
                c.createIndex(IndexSpec.parse(kind, Map.of()));
                c.upsertAll(IndexTest.points(0, 2_100));
                c.awaitIndexed();
            }
            assertThat(checks.checked()).isZero();
            volume.collection("closed").rebuildIndex();
            assertThat(checks.checked()).isEqualTo(1);
            volume.drop("dropped");
            assertThat(checks.checked()).isEqualTo(2);
            volume.collection("closed").awaitIndexed();
        } finally {
            checks.unwatch();
        }
        assertThat(checks.checked()).isEqualTo(3);
        assertThat(checks.findings()).isEmpty();
    }
}
