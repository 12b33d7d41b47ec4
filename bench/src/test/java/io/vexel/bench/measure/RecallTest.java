package io.vexel.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.bench.data.Dataset;
import io.vexel.bench.data.DatasetRequest;
import io.vexel.bench.data.Datasets;
import io.vexel.bench.data.VecsFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecallTest {

    @TempDir
    Path directory;

    private Recall recall;

    /** Rows at 0, 1, 2, 2, 3 on a line, and a query at 0. */
    @BeforeEach
    void load() throws IOException {
        VecsFiles.fvecs(directory.resolve("line_base.fvecs"), of(0), of(1), of(2), of(2), of(3));
        VecsFiles.fvecs(directory.resolve("line_query.fvecs"), of(0));
        Dataset data = Datasets.load(
                new DatasetRequest(directory.resolve("line").toString(), Optional.empty(), OptionalInt.empty(), 3));
        recall = new Recall(data, 3);
    }

    private static float[] of(float position) {
        return new float[] {position};
    }

    @Test
    void hits_rowsAtTheSameDistance_countAlike() {
        assertThat(recall.hits(0, new int[] {0, 1, 2})).isEqualTo(3);
        assertThat(recall.hits(0, new int[] {0, 1, 3})).isEqualTo(3);
    }

    @Test
    void hits_fartherRowsAndRepetitions_doNotCount() {
        assertThat(recall.hits(0, new int[] {0, 1, 4})).isEqualTo(2);
        assertThat(recall.hits(0, new int[] {0, 0, 0})).isEqualTo(1);
        assertThat(recall.hits(0, new int[0])).isZero();
    }

    @Test
    void hits_thatCannotBe_areAFault() {
        assertThatThrownBy(() -> recall.hits(0, new int[] {5}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("row found=5, allowed: 0..4");
        assertThatThrownBy(() -> recall.hits(0, new int[] {-1})).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> recall.hits(0, new int[] {0, 1, 2, 3})).isInstanceOf(IllegalStateException.class);
    }
}
