package io.vexel.bench;

import io.vexel.base.Checks;
import io.vexel.bench.memory.AllocatorRun;
import io.vexel.cli.Measured;
import io.vexel.cli.terminal.Table;
import io.vexel.cli.terminal.Terminal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "vexel bench memory --peers",
        description =
                "Measures the allocator of off-heap objects beside those of Netty, and malloc in C where gcc is there.",
        footer = {
            "",
            "A pair is freeing an object chosen at random among 1,024 and allocating one in its place. Values are nanoseconds of"
                    + " processor time; the ratio is that of the least values. Netty's leak detection is off.",
            "",
            "Example:",
            "  vexel bench memory --peers --sizes 64,512,4096"
        })
final class MemoryVerb extends BenchVerb {

    @Option(names = "--peers", required = true, description = "Without it, 'vexel bench memory' measures pages alone.")
    boolean peers;

    @Option(
            names = "--sizes",
            paramLabel = "BYTES",
            split = ",",
            defaultValue = "64,512,4096",
            description = "Sizes of objects (default: ${DEFAULT-VALUE}).")
    List<Integer> sizes = List.of();

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "15",
            description = "Rounds that count (default: ${DEFAULT-VALUE}).")
    int rounds;

    @Option(
            names = "--pairs",
            paramLabel = "N",
            defaultValue = "1000000",
            description = "Pairs of each allocator, a round (default: ${DEFAULT-VALUE}).")
    int pairs;

    MemoryVerb(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        sizes.forEach(bytes -> Checks.inRange("sizes", bytes, 8, 1 << 17));
        Checks.inRange("rounds", rounds, 1, 1000);
        Checks.inRange("pairs", pairs, 1, Integer.MAX_VALUE);
        ReportFile jsonFile = jsonFile();
        System.setProperty("io.netty.leakDetection.level", "disabled");
        AllocatorRun run = new AllocatorRun(pairs, rounds);
        List<Map<String, Object>> results = new ArrayList<>();
        for (int bytes : sizes) {
            AllocatorRun.Result result = run.measure(bytes);
            terminal.out().println(table(result));
            results.add(json(result));
        }
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("rounds", rounds);
        facts.put("pairs", pairs);
        facts.put("results", results);
        finish(facts, jsonFile);
        return 0;
    }

    private static Table table(AllocatorRun.Result result) {
        Table table = new Table(result.bytes() + " BYTES", "NS A PAIR, MEDIAN (MIN .. MAX)", "OVER SLAB");
        result.nanos().forEach((name, nanos) -> table.row(name, nanos.text(1), "%.2f".formatted(ratio(result, nanos))));
        table.row("2 threads / alone, a round", result.twoOverAlone().text(2), "");
        return table;
    }

    private static double ratio(AllocatorRun.Result result, Measured nanos) {
        Measured own = Objects.requireNonNull(result.nanos().get(AllocatorRun.OWN));
        return nanos.least() / own.least();
    }

    private static Map<String, Object> json(AllocatorRun.Result result) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("bytes", result.bytes());
        List<Map<String, Object>> allocators = new ArrayList<>();
        result.nanos().forEach((name, nanos) -> {
            Map<String, Object> allocator = new LinkedHashMap<>();
            allocator.put("name", name);
            allocator.put("nanos", nanos.json());
            allocator.put("overSlab", ratio(result, nanos));
            allocators.add(allocator);
        });
        facts.put("allocators", allocators);
        facts.put("twoOverAlone", result.twoOverAlone().json());
        return facts;
    }
}
