package io.vexel.cli;

import io.vexel.cli.terminal.Table;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "memory",
        description = "Measures the allocator of off-heap memory: time, and how free memory lies scattered.",
        footer = {
            "",
            "A pair is freeing a block chosen at random among 1,024 and allocating one in its place. One round that is not counted",
            "comes first. Each round has a random life of its own, after which it is looked how free memory lies; the same in every run.",
            "With --verbose the free blocks follow, by zone, mobility and order.",
            "",
            "With --peers the script 'vexel' measures the allocator of objects beside those of Netty and of the system instead;",
            "'./vexel bench memory --peers --help' explains its options.",
            "",
            "Example:",
            "  vexel bench memory --rounds 9"
        })
final class BenchMemoryVerb extends Verb {

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "7",
            description = "Rounds (default: ${DEFAULT-VALUE}).")
    int rounds;

    @Option(
            names = "--pairs",
            paramLabel = "N",
            defaultValue = "1000000",
            description = "Pairs for each kind of measurement, a round (default: ${DEFAULT-VALUE}).")
    int pairs;

    @Option(names = "--peers", description = "Objects beside the allocators of others; see below.")
    boolean peers;

    @Override
    public Integer call() {
        if (peers) {
            throw usage("--peers is run by the script 'vexel' in the root of a source tree");
        }
        inRange("--rounds", rounds, 1, Long.MAX_VALUE);
        inRange("--pairs", pairs, 1, Long.MAX_VALUE);
        MemoryRun run = new MemoryRun(pairs);
        for (int round = -1; round < rounds; round++) {
            run.round(round, round >= 0);
        }
        Map<String, Object> facts = new LinkedHashMap<>(Versions.machine());
        facts.put("rounds", rounds);
        facts.put("pairs", pairs);
        Table table = new Table("WHAT", "MEDIAN (MIN .. MAX)", "UNIT");
        for (MemoryRun.Line line : run.lines()) {
            facts.put(line.key(), line.values().json());
            table.row(line.what(), line.values().text(line.decimals()), line.unit());
        }
        print(facts, table + Versions.machineLine() + System.lineSeparator() + (verbose ? run.views() : ""));
        return EXIT_OK;
    }
}
