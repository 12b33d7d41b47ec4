package io.vexel.bench.micro;

import io.vexel.base.NotFoundException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.util.Statistics;

/** Runs benchmarks by JMH, each in processes of its own with the options of this one, and collects what they measured. */
public final class JmhRun {

    private static final String PACKAGE = JmhRun.class.getPackageName() + ".";
    private static final String ALLOCATION = "gc.alloc.rate.norm";

    private final JmhPlan plan;
    private final Consumer<String> progress;

    /** @param progress is told what happens next */
    public JmhRun(JmhPlan plan, Consumer<String> progress) {
        this.plan = plan;
        this.progress = progress;
    }

    /**
     * The benchmarks that the plan names, in the order of their names.
     *
     * @throws NotFoundException when it names none
     */
    public List<String> names() {
        List<String> names =
                BenchmarkList.defaultList().find(new JmhProgress(_ -> {}), List.of(plan.pattern()), List.of()).stream()
                        .map(BenchmarkListEntry::getUsername)
                        .distinct()
                        .sorted()
                        .toList();
        if (names.isEmpty()) {
            throw new NotFoundException("no benchmark has '" + plan.pattern() + "' in its name; --list shows all");
        }
        return names.stream().map(JmhRun::shortName).toList();
    }

    /**
     * Runs the benchmarks that the plan names.
     *
     * @throws NotFoundException when it names none
     * @throws IllegalStateException when one fails, or a process does
     */
    public List<JmhScore> measure() {
        int count = names().size();
        progress.accept(count + (count == 1 ? " benchmark" : " benchmarks"));
        ChainedOptionsBuilder options =
                new OptionsBuilder().include(plan.pattern()).shouldFailOnError(true);
        plan.forks().ifPresent(options::forks);
        plan.iterations().ifPresent(value -> options.warmupIterations(value).measurementIterations(value));
        plan.millis()
                .ifPresent(value -> options.warmupTime(TimeValue.milliseconds(value))
                        .measurementTime(TimeValue.milliseconds(value)));
        plan.threads().ifPresent(options::threads);
        if (plan.countsAllocation()) {
            options.addProfiler(GCProfiler.class);
        }
        Collection<RunResult> results;
        try {
            results = new Runner(options.build(), new JmhProgress(progress)).run();
        } catch (RunnerException e) {
            throw new IllegalStateException("a benchmark failed: " + e.getMessage(), e);
        }
        List<JmhScore> scores = new ArrayList<>();
        results.forEach(result -> scores.add(score(result)));
        return scores;
    }

    private static JmhScore score(RunResult result) {
        BenchmarkParams params = result.getParams();
        Map<String, String> parameters = new TreeMap<>();
        for (String key : params.getParamsKeys()) {
            parameters.put(key, params.getParam(key));
        }
        Result<?> primary = result.getPrimaryResult();
        Statistics values = primary.getStatistics();
        Result<?> allocation = result.getSecondaryResults().get(ALLOCATION);
        return new JmhScore(
                shortName(params.getBenchmark()),
                parameters,
                params.getThreads(),
                primary.getScore(),
                primary.getScoreError(),
                values.getMin(),
                values.getMax(),
                primary.getScoreUnit(),
                allocation == null ? OptionalDouble.empty() : OptionalDouble.of(allocation.getScore()));
    }

    /** The class and the method. */
    static String shortName(String name) {
        return name.startsWith(PACKAGE) ? name.substring(PACKAGE.length()) : name;
    }
}
