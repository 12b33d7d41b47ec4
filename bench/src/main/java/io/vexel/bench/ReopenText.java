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

    /**
     * A moment of an opening.
     *
     * @param what was so then, for people
     * @param key for programs
     * @param nanos from its begin
     */
    private record Moment(String what, String key, ToLongFunction<Opening> nanos) {}

    private static final List<Moment> MOMENTS = List.of(
            new Moment("the volume is open", "volumeSeconds", Opening::volume),
            new Moment("the ids are there", "idsSeconds", Opening::collection),
            new Moment("the first answer", "firstAnswerSeconds", Opening::answer),
            new Moment("100 answers", "hundredAnswersSeconds", Opening::answers),
            new Moment("the index is in memory", "loadedSeconds", Opening::loaded));

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
        return data.text()
                + ", "
                + plan.indexThreads() + " index threads, " + Figures.count(plan.rounds(), "round")
                + System.lineSeparator() + table;
    }

    private static void rows(Table table, String where, List<Opening> openings) {
        for (Moment moment : MOMENTS) {
            table.row(
                    where + ", s until " + moment.what,
                    seconds(openings, moment.nanos).text(2));
        }
    }

    Map<String, Object> facts() {
        ReopenResult.Made made = result.made();
        Map<String, Object> facts = data.facts();
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
        return facts;
    }

    private static Map<String, Object> openings(List<Opening> openings) {
        Map<String, Object> facts = new LinkedHashMap<>();
        MOMENTS.forEach(
                moment -> facts.put(moment.key, seconds(openings, moment.nanos).json()));
        return facts;
    }
}
