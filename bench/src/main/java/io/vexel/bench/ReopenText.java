package io.vexel.bench;

import io.vexel.bench.data.Dataset;
import io.vexel.bench.reopen.Opening;
import io.vexel.bench.reopen.ReopenPlan;
import io.vexel.bench.reopen.ReopenResult;
import io.vexel.cli.Measured;
import io.vexel.cli.terminal.Figures;
import io.vexel.cli.terminal.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/** What the openings measured, for people and for programs. */
final class ReopenText {

    private static final double NANOS_PER_SECOND = 1e9;

    private final Dataset data;
    private final ReopenPlan plan;
    private final ReopenResult result;

    ReopenText(Dataset data, ReopenPlan plan, ReopenResult result) {
        this.data = data;
        this.plan = plan;
        this.result = result;
    }

    private static Measured seconds(List<Opening> openings, ToLongFunction<Opening> nanos) {
        Measured seconds = new Measured();
        openings.forEach(opening -> seconds.add(nanos.applyAsLong(opening) / NANOS_PER_SECOND));
        return seconds;
    }

    String text() {
        ReopenResult.Made made = result.made();
        Table table = new Table("WHAT", "VALUE");
        table.row("all rows durable", Figures.duration(made.writtenNanos()));
        table.row("all in the index", Figures.duration(made.indexedNanos()));
        table.row("closed", Figures.duration(made.closedNanos()));
        table.row("index, bytes a vector", Figures.decimal((double) made.indexBytes() / data.base().length, 0));
        rows(table, "new JVM", result.fresh());
        rows(table, "this JVM", result.warm());
        for (ReopenResult.Searches searches : result.searches()) {
            table.row(
                    "ef " + searches.ef() + ": recall@10, queries/s on one thread",
                    Figures.decimal(searches.recall(), 4) + ", " + Figures.rate(searches.queriesPerSecond()));
        }
        return data.name() + ": " + Figures.count(data.base().length, "row") + " of dimension " + data.dimension()
                + ", "
                + plan.indexThreads() + " index threads, " + Figures.count(plan.rounds(), "round")
                + System.lineSeparator() + table;
    }

    private static void rows(Table table, String where, List<Opening> openings) {
        table.row(
                where + ", s until the volume is open",
                seconds(openings, Opening::volume).text(2));
        table.row(
                where + ", s until the ids are there",
                seconds(openings, Opening::collection).text(2));
        table.row(
                where + ", s until the first answer",
                seconds(openings, Opening::answer).text(2));
        table.row(
                where + ", s until 100 answers",
                seconds(openings, Opening::answers).text(2));
        table.row(
                where + ", s until the index is in memory",
                seconds(openings, Opening::loaded).text(2));
    }

    Map<String, Object> facts(Map<String, Object> machine) {
        ReopenResult.Made made = result.made();
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("dataset", data.name());
        facts.put("rows", data.base().length);
        facts.put("dimension", data.dimension());
        facts.put("threads", plan.indexThreads());
        facts.put("rounds", plan.rounds());
        facts.put("writtenSeconds", made.writtenNanos() / NANOS_PER_SECOND);
        facts.put("indexedSeconds", made.indexedNanos() / NANOS_PER_SECOND);
        facts.put("closedSeconds", made.closedNanos() / NANOS_PER_SECOND);
        facts.put("indexBytes", made.indexBytes());
        facts.put("newJvm", openings(result.fresh()));
        facts.put("warm", openings(result.warm()));
        List<Map<String, Object>> searches = new ArrayList<>();
        for (ReopenResult.Searches each : result.searches()) {
            Map<String, Object> search = new LinkedHashMap<>();
            search.put("ef", each.ef());
            search.put("recall", each.recall());
            search.put("queriesPerSecond", each.queriesPerSecond());
            searches.add(search);
        }
        facts.put("searches", searches);
        facts.put("machine", machine);
        return facts;
    }

    private static Map<String, Object> openings(List<Opening> openings) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("volumeSeconds", seconds(openings, Opening::volume).json());
        facts.put("idsSeconds", seconds(openings, Opening::collection).json());
        facts.put("firstAnswerSeconds", seconds(openings, Opening::answer).json());
        facts.put("hundredAnswersSeconds", seconds(openings, Opening::answers).json());
        facts.put("loadedSeconds", seconds(openings, Opening::loaded).json());
        return facts;
    }
}
