package io.vexel.bench.measure;

import io.vexel.bench.data.Dataset;
import io.vexel.bench.engine.AnnEngine;
import io.vexel.cli.terminal.Figures;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

/** Runs the comparison. */
public final class AnnRun {

    private final Dataset data;
    private final AnnPlan plan;
    private final Consumer<String> progress;

    /** @param progress is told what happens next, a line each time */
    public AnnRun(Dataset data, AnnPlan plan, Consumer<String> progress) {
        this.data = data;
        this.plan = plan;
        this.progress = progress;
    }

    /** Measures these engines, in this order in the result; each name once. */
    public AnnResult measure(List<AnnEngine> engines) {
        List<Contender> contenders = new ArrayList<>();
        try (SearchTeam team = new SearchTeam(data.queries(), plan)) {
            warmBuilds(engines);
            for (AnnEngine engine : engines) {
                Contender contender = new Contender(engine, data, plan);
                contenders.add(contender);
                build(contender);
            }
            Recall recall = new Recall(data, plan.k());
            for (Contender contender : contenders) {
                progress.accept(contender.name() + ": recall");
                contender.explore(recall);
            }
            // The first round is not counted.
            for (int round = -1; round < plan.rounds(); round++) {
                round(contenders, team, round);
            }
            return new AnnResult(
                    data, plan, contenders.stream().map(Contender::result).toList());
        } finally {
            contenders.forEach(Contender::close);
        }
    }

    /** All before the first that is timed, so that engines which share a graph find it both times. */
    private void warmBuilds(List<AnnEngine> engines) {
        if (plan.builds().warmRows() == 0) {
            return;
        }
        Dataset rows = data.firstRows(plan.builds().warmRows());
        for (AnnEngine engine : engines) {
            progress.accept(engine.name() + ": build of " + Figures.count(rows.base().length) + " rows, not counted");
            engine.build(rows, plan.threads().getFirst()).close();
        }
    }

    /** Numbers of threads take turns, so that what the JVM has learnt by then helps all of them. */
    private void build(Contender contender) {
        for (int round = 0; round < plan.builds().rounds(); round++) {
            for (int threads : plan.threads()) {
                String what = contender.name() + ": build, " + Figures.count(threads, "thread");
                progress.accept(what);
                progress.accept(
                        what + ": " + Figures.decimal(contender.build(threads).seconds(), 1) + " s");
            }
        }
    }

    /** The order rotates, so that none always runs after the same one. */
    private void round(List<Contender> contenders, SearchTeam team, int round) {
        progress.accept(round < 0 ? "warm-up" : "round " + (round + 1) + " of " + plan.rounds());
        List<Contender> order = new ArrayList<>(contenders);
        Collections.rotate(order, -Math.max(0, round));
        order.forEach(contender -> contender.round(team, round >= 0));
    }
}
