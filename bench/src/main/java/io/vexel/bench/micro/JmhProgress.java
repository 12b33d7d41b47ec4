package io.vexel.bench.micro;

import java.io.IOException;
import java.util.Collection;
import java.util.function.Consumer;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.format.OutputFormat;

/** Tells which benchmark begins, and what a process says that fails; the report comes at the end, and is not JMH's. */
final class JmhProgress implements OutputFormat {

    private final Consumer<String> progress;

    JmhProgress(Consumer<String> progress) {
        this.progress = progress;
    }

    @Override
    public void startBenchmark(BenchmarkParams benchParams) {
        StringBuilder text = new StringBuilder(JmhRun.shortName(benchParams.getBenchmark()));
        for (String key : benchParams.getParamsKeys()) {
            text.append(' ').append(key).append('=').append(benchParams.getParam(key));
        }
        progress.accept(text.append(", ")
                .append(benchParams.getForks())
                .append(benchParams.getForks() == 1 ? " process" : " processes")
                .toString());
    }

    /** Said of failures and of nothing else: what a benchmark threw, or how a process ended. */
    @Override
    public void println(String s) {
        if (s.contains("<failure>") || s.contains("Exception") || s.startsWith("<")) {
            progress.accept(s.strip());
        }
    }

    @Override
    public void iteration(BenchmarkParams benchParams, IterationParams params, int iteration) {}

    @Override
    public void iterationResult(
            BenchmarkParams benchParams, IterationParams params, int iteration, IterationResult data) {}

    @Override
    public void endBenchmark(BenchmarkResult result) {}

    @Override
    public void startRun() {}

    @Override
    public void endRun(Collection<RunResult> result) {}

    @Override
    public void print(String s) {}

    @Override
    public void verbosePrintln(String s) {}

    @Override
    public void write(int b) {}

    @Override
    public void write(byte[] b) throws IOException {}

    @Override
    public void flush() {}

    @Override
    public void close() {}
}
