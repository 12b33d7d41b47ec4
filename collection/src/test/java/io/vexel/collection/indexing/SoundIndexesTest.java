package io.vexel.collection.indexing;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.collection.indexing.ActiveIndexTest.HookedVectors;
import io.vexel.filesystem.FileSystem;
import io.vexel.index.Cancellation;
import io.vexel.index.IndexKind;
import io.vexel.index.IndexSpec;
import io.vexel.testkit.ClosingChecks.NotChecked;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Were the index of a collection of some test not sound, the test would fail. */
@NotChecked("it looks for itself")
class SoundIndexesTest {

    /** What an index is closed with, after something was done to it. */
    private static SoundIndexes closed(IndexKind kind, Consumer<ActiveIndex> change) {
        SoundIndexes checks = new SoundIndexes();
        checks.watch();
        try (FileSystem files = ActiveIndexTest.fileSystem();
                HookedVectors vectors = new HookedVectors()) {
            IndexedRows rows = ActiveIndexTest.rows(files, vectors);
            long[] sample = LongStream.range(0, ActiveIndexTest.ROWS).toArray();
            ActiveIndex active =
                    ActiveIndexTest.active(IndexSpec.parse(kind, Map.of()).create(rows.context(), sample), rows, 0);
            active.drainTo(ActiveIndexTest.ROWS);
            change.accept(active);
            active.close();
        } finally {
            checks.unwatch();
        }
        assertThat(checks.checked()).isEqualTo(1);
        return checks;
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FLAT")
    void close_soundIndex_isFoundSound(IndexKind kind) {
        assertThat(closed(kind, _ -> {}).findings()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FLAT")
    void close_indexInWhichARowStandsTwice_isFound(IndexKind kind) {
        try (HookedVectors same = new HookedVectors()) {
            assertThat(closed(kind, active -> active.index().insert(8, same.address(8)))
                            .findings())
                    .isNotEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FLAT")
    void close_indexThatLacksARow_isFound(IndexKind kind) {
        assertThat(closed(kind, active -> active.index().sweep(row -> row % 7 != 0 && row != 8, Cancellation.NONE))
                        .findings())
                .singleElement()
                .asString()
                .contains("collection c", "expected at least");
    }
}
