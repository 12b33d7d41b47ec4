package io.vexel.bench.life;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.bench.data.Dataset;
import io.vexel.bench.data.DatasetRequest;
import io.vexel.bench.data.Datasets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CrashPhaseTest {

    private static final int ROWS = 8_000;

    @TempDir
    Path directory;

    @Test
    void run_writerKilledWhileTheGraphGrows_losesNothingAndFindsAsMuchAsItsTwin() {
        Dataset data = Datasets.load(
                new DatasetRequest("synthetic:" + ROWS + "x16", Optional.empty(), OptionalInt.empty(), 10));
        LifeResult.Crash crash =
                new CrashPhase(data, new LifePlan(250, LifePlan.LEAST_TAIL, 2, 1, 20_261_127)).run(directory);
        assertThat(crash.acknowledged()).isBetween(ROWS / 2L, (long) ROWS);
        assertThat(crash.found()).isBetween(crash.acknowledged(), (long) ROWS);
        assertThat(crash.lost()).isZero();
        // What is compared is the graph of the checkpoint with the rows above it, and not one that was built anew.
        assertThat(crash.unsaved()).isLessThanOrEqualTo(crash.found() - ROWS / 4);
        assertThat(crash.twinRecall()).isGreaterThan(.95);
        assertThat(crash.recallLoss()).isLessThanOrEqualTo(.002);
    }
}
