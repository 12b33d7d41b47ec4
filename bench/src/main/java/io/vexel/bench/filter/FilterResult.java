package io.vexel.bench.filter;

import io.vexel.cli.Measured;
import io.vexel.cli.terminal.Figures;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** What was measured of filtered searches for one share of the points. */
public final class FilterResult {

    private final Share share;
    private final List<Round> rounds;

    /**
     * Which share, and what is the same in every round.
     *
     * @param percent of the points that fulfil the filter, above 0, at most 100
     * @param matches points that fulfil it
     */
    record Share(double percent, int matches, FilterRecall recall) {}

    /** What a search took in one round, in each of the three ways. */
    record Round(SearchPass.Cost unfiltered, SearchPass.Cost filtered, SearchPass.Cost exact) {

        /** Time of the filtered search over that of the faster of the others. */
        double overBetter() {
            return filtered.micros() / Math.min(unfiltered.micros(), exact.micros());
        }
    }

    /** @param rounds at least one */
    FilterResult(Share share, List<Round> rounds) {
        this.share = share;
        this.rounds = List.copyOf(rounds);
    }

    static String[] headings() {
        return new String[] {
            "SHARE, %",
            "MATCHES",
            "UNFILTERED, US",
            "FILTERED, US",
            "EXACT, US",
            "/ BETTER",
            "RECALL",
            "PAYLOADS",
            "BYTES",
            "PLAN"
        };
    }

    Object[] cells() {
        return new Object[] {
            Double.toString(share.percent),
            Figures.count(share.matches),
            micros(Round::unfiltered).text(1),
            micros(Round::filtered).text(1),
            micros(Round::exact).text(1),
            overBetter().text(2),
            Figures.decimal(share.recall.recall(), 3),
            Figures.decimal(payloads(Round::filtered).median(), 1),
            Figures.decimal(bytes(Round::filtered).median(), 0),
            plans().entrySet().stream()
                    .map(plan -> plan.getKey() + " " + plan.getValue())
                    .collect(Collectors.joining(", "))
        };
    }

    /** As facts. */
    public Map<String, Object> json() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("sharePercent", share.percent);
        facts.put("matches", share.matches);
        facts.put("unfilteredMicros", micros(Round::unfiltered).json());
        facts.put("filteredMicros", micros(Round::filtered).json());
        facts.put("exactMicros", micros(Round::exact).json());
        facts.put("overBetter", overBetter().json());
        facts.put("recall", share.recall.recall());
        facts.put("filteredPayloads", payloads(Round::filtered).json());
        facts.put("exactPayloads", payloads(Round::exact).json());
        facts.put("unfilteredBytes", bytes(Round::unfiltered).json());
        facts.put("filteredBytes", bytes(Round::filtered).json());
        facts.put("exactBytes", bytes(Round::exact).json());
        facts.put("plans", plans());
        return facts;
    }

    private Map<String, Integer> plans() {
        Map<String, Integer> plans = new LinkedHashMap<>();
        share.recall
                .plans()
                .forEach((kind, count) ->
                        plans.put(kind.name().toLowerCase(Locale.ROOT).replace('_', '-'), count));
        return plans;
    }

    private Measured micros(Function<Round, SearchPass.Cost> way) {
        return measured(round -> way.apply(round).micros());
    }

    private Measured bytes(Function<Round, SearchPass.Cost> way) {
        return measured(round -> way.apply(round).bytes());
    }

    private Measured payloads(Function<Round, SearchPass.Cost> way) {
        return measured(round -> way.apply(round).payloads());
    }

    private Measured overBetter() {
        return measured(Round::overBetter);
    }

    private Measured measured(ToDoubleFunction<Round> value) {
        Measured measured = new Measured();
        rounds.forEach(round -> measured.add(value.applyAsDouble(round)));
        return measured;
    }
}
