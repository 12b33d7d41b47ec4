package io.vexel.bench;

import io.vexel.bench.data.Dataset;
import io.vexel.bench.data.DatasetRequest;
import io.vexel.bench.data.Datasets;
import io.vexel.bench.life.LifePlan;
import io.vexel.bench.life.LifeResult;
import io.vexel.bench.life.LifeRun;
import io.vexel.cli.terminal.Terminal;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "vexel bench life",
        description =
                "Measures the life of a collection: steady upserts that the index keeps up with, a burst of them, a crash, and half of"
                        + " the points replaced five times.",
        footer = {
            "",
            "Each phase has a volume in a temporary directory (java.io.tmpdir). The crash kills a second process with SIGKILL between"
                    + " a half and three quarters of the rows. Exits with 65 when an acknowledged row was lost.",
            "",
            "Examples:",
            "  vexel bench life",
            "  vexel bench life --dataset data/sift --rows 200000 --json life.json"
        })
final class LifeVerb extends BenchVerb {

    private static final String SYNTHETIC = "synthetic";
    private static final int DIMENSION = 128;
    private static final int LEAST_ROWS = 100;
    private static final int K = 10;
    private static final int EXIT_LOST = 65;

    @Option(
            names = "--dataset",
            defaultValue = SYNTHETIC,
            paramLabel = "DIR/NAME",
            description =
                    "Files of vectors as 'vexel bench ann' takes them, synthetic:ROWSxDIMENSION, or synthetic for as many rows"
                            + " as asked for, of dimension 128 (default: ${DEFAULT-VALUE}).")
    String dataset = "";

    @Option(
            names = "--rows",
            defaultValue = "100000",
            paramLabel = "N",
            description = "Rows of each phase, at most what the data set has (default: ${DEFAULT-VALUE}).")
    int rows;

    @Option(
            names = "--batch",
            defaultValue = "1000",
            paramLabel = "N",
            description = "Rows of a durable upsert (default: ${DEFAULT-VALUE}).")
    int batch;

    @Option(
            names = "--tail",
            defaultValue = "10000",
            paramLabel = "N",
            description = "The steady writer waits while more rows are not in the index (default: ${DEFAULT-VALUE}).")
    int tail;

    @Option(
            names = "--threads",
            defaultValue = "2",
            paramLabel = "N",
            description = "Index threads; one more thread writes (default: ${DEFAULT-VALUE}).")
    int threads;

    @Option(
            names = "--rounds",
            defaultValue = "3",
            paramLabel = "N",
            description = "Rounds of steady upserts, after one that is not counted (default: ${DEFAULT-VALUE}).")
    int rounds;

    @Option(
            names = "--seed",
            defaultValue = "1",
            paramLabel = "N",
            description = "Chooses the moment of the crash (default: ${DEFAULT-VALUE}).")
    long seed;

    LifeVerb(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        if (rows < LEAST_ROWS) {
            throw usage("rows=" + rows + ", allowed: at least " + LEAST_ROWS);
        }
        LifePlan plan = new LifePlan(batch, tail, threads, rounds, seed);
        ReportFile jsonFile = jsonFile();
        String source = dataset.equals(SYNTHETIC) ? SYNTHETIC + ":" + rows + "x" + DIMENSION : dataset;
        Dataset data = Datasets.load(new DatasetRequest(source, Optional.empty(), OptionalInt.of(rows), K));
        LifeResult result = new LifeRun(data, plan, progress()).measure();
        LifeText text = new LifeText(data, plan, result);
        terminal.out().print(text.text());
        finish(text.facts(), jsonFile);
        return result.crash().lost() == 0 ? 0 : EXIT_LOST;
    }
}
