package io.vexel.bench.paging;

import io.vexel.bench.data.Dataset;
import io.vexel.cli.terminal.Figures;
import io.vexel.cli.terminal.Table;
import io.vexel.paging.replacement.PolicyKind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** A comparison of the policies: collects traces, replays them, and puts the shares of hits into tables. */
public final class PagingRun {

    private static final long SEED = 20_260_101;
    private static final int MADE_UP_ROWS = 100_000;
    private static final int MADE_UP_ROW_BYTES = 512;
    private static final int ROWS_PER_SEARCH = 26;

    private final Plan plan;
    private final List<PageTrace> traces = new ArrayList<>();

    /**
     * What traces are made of.
     *
     * @param searches searches of a trace
     * @param skew exponent of the Zipf distribution of queries
     * @param searchesPerScan searches between two scans
     * @param pageBytes bytes of a page
     */
    public record Plan(int searches, double skew, int searchesPerScan, int pageBytes) {

        private Workload workload() {
            return new Workload(searches, skew, searchesPerScan, pageBytes, SEED);
        }
    }

    public PagingRun(Plan plan) {
        this.plan = plan;
    }

    /** Adds traces of searches through a graph over a data set. */
    public void record(Dataset data) {
        traces.addAll(new SearchTraces(data, plan.workload()).record());
    }

    /** Adds a trace of single rows of a large set that nobody searches in. */
    public void makeUp() {
        int reads = Math.multiplyExact(plan.searches, ROWS_PER_SEARCH);
        long perScan = Math.min((long) plan.searchesPerScan * ROWS_PER_SEARCH, Integer.MAX_VALUE);
        Workload rows = new Workload(reads, plan.skew, (int) perScan, plan.pageBytes, SEED);
        traces.add(rows.madeUp("made up", new PagedRows(MADE_UP_ROWS, MADE_UP_ROW_BYTES, plan.pageBytes)));
    }

    /** Adds a trace from a file. */
    public void read(Path file) {
        traces.add(TraceFile.read(file));
    }

    /** Writes all traces into a directory. */
    public void write(Path directory) {
        for (PageTrace trace : traces) {
            String name = trace.name().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
            TraceFile.write(directory.resolve(name + ".trace"), trace);
        }
    }

    /**
     * Replays all traces, with scans told and untold.
     *
     * @param percent frames, as percent of each trace's pages, 1..100
     * @param results takes each result as facts
     * @return tables of the shares
     */
    public String measure(int percent, Consumer<Map<String, Object>> results) {
        StringBuilder text = new StringBuilder();
        for (Replay.Hints hints : Replay.Hints.values()) {
            text.append(hints == Replay.Hints.TOLD ? "scans told" : "scans untold")
                    .append(", frames for ")
                    .append(percent)
                    .append(" % of the pages; shares of accesses that are hits")
                    .append(System.lineSeparator());
            Table table = new Table(headings());
            for (PageTrace trace : traces) {
                int frames = Math.max(1, (int) ((long) trace.pageCount() * percent / 100));
                PolicyHits hits = PolicyHits.measure(trace, frames, hints);
                results.accept(hits.json());
                table.row(cells(hits));
            }
            text.append(table).append(System.lineSeparator());
        }
        return text.toString().stripTrailing();
    }

    private static String[] headings() {
        return Stream.of(
                        Stream.of("TRACE", "ACCESSES", "PAGES"),
                        Arrays.stream(PolicyKind.values())
                                .map(kind -> kind.label().toUpperCase(Locale.ROOT)),
                        Stream.of("OPT", "/ BEST OTHER", "/ LRU"))
                .flatMap(cells -> cells)
                .toArray(String[]::new);
    }

    private static Object[] cells(PolicyHits hits) {
        List<Object> cells = new ArrayList<>(List.of(
                hits.trace().name(),
                Figures.count(hits.trace().length()),
                Figures.count(hits.trace().pageCount())));
        for (PolicyKind kind : PolicyKind.values()) {
            cells.add(Figures.decimal(hits.share(kind), 3));
        }
        cells.add(Figures.decimal(hits.best(), 3));
        cells.add(Figures.decimal(hits.overBestOther(), 2));
        cells.add(Figures.decimal(hits.overLru(), 2));
        return cells.toArray();
    }
}
