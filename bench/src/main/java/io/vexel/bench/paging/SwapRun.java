package io.vexel.bench.paging;

import io.vexel.base.TimeSource;
import io.vexel.cli.terminal.Figures;
import io.vexel.cli.terminal.Table;
import io.vexel.device.BlockDevice;
import io.vexel.device.FileDevice;
import io.vexel.device.FileDeviceOptions;
import io.vexel.device.MemoryDevice;
import io.vexel.memory.MemoryBudget;
import io.vexel.paging.swap.SwapArea;
import io.vexel.paging.swap.SwapSpace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Measures swap: writing pages, reading them in random order, and reading them ahead; in memory, and in a file through the page cache. */
public final class SwapRun {

    private static final int PAGES = 4_096;
    private static final int ROUNDS = 7;
    private static final long SEED = 20_260_101;

    private final int pageBytes;
    private final Table table = new Table("SWAP", "WRITE, US/PAGE", "RANDOM READ, US/PAGE", "READ AHEAD, US/PAGE");
    private final Map<String, Object> facts = new LinkedHashMap<>();

    public SwapRun(int pageBytes) {
        this.pageBytes = pageBytes;
    }

    /** Measures in memory and in a new file of the directory, which is deleted. */
    public void measure(Path directory) {
        long bytes = (long) PAGES * pageBytes;
        try (BlockDevice memory = MemoryDevice.create(bytes, MemoryBudget.unlimited())) {
            measure("memory", memory);
        }
        Path file = directory.resolve("vexel-bench.swap");
        try (BlockDevice device = FileDevice.create(file, bytes, FileDeviceOptions.readWrite())) {
            measure("file", device);
        } finally {
            delete(file);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": cannot be deleted: " + e.getMessage(), e);
        }
    }

    private void measure(String name, BlockDevice device) {
        double[][] micros = new double[3][ROUNDS];
        List<SwapSpace> spaces = List.of(SwapSpace.whole(device, 0));
        // One round that is not counted comes first.
        for (int round = -1; round < ROUNDS; round++) {
            try (SwapArea area = SwapArea.open(
                            spaces, pageBytes, MemoryBudget.unlimited(), new SecureRandom(), TimeSource.SYSTEM);
                    Arena arena = Arena.ofConfined()) {
                double[] passes = passes(area, arena.allocate(pageBytes));
                for (int pass = 0; pass < passes.length && round >= 0; pass++) {
                    micros[pass][round] = passes[pass];
                }
            }
        }
        table.row(name, Figures.spread(micros[0], 2), Figures.spread(micros[1], 2), Figures.spread(micros[2], 2));
        facts.put(
                name,
                Map.of(
                        "writeMicros", Figures.median(micros[0]),
                        "readMicros", Figures.median(micros[1]),
                        "readAheadMicros", Figures.median(micros[2])));
    }

    private static double[] passes(SwapArea area, MemorySegment page) {
        SplittableRandom random = new SplittableRandom(SEED);
        for (long at = 0; at < page.byteSize(); at++) {
            page.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt());
        }
        long[] slots = new long[PAGES];
        long start = System.nanoTime();
        for (int i = 0; i < PAGES; i++) {
            slots[i] = area.write(i, page);
        }
        long written = System.nanoTime();
        for (int i = 0; i < PAGES; i++) {
            int at = random.nextInt(PAGES);
            area.read(slots[at], at, page);
        }
        long read = System.nanoTime();
        for (int i = 0; i < PAGES; i += SwapArea.MAX_CLUSTER_PAGES) {
            area.readAhead(slots[i], i, page, SwapArea.MAX_CLUSTER_PAGES, (_, _, _) -> {});
        }
        long ahead = System.nanoTime();
        double perPage = 1e-3 / PAGES;
        return new double[] {(written - start) * perPage, (read - written) * perPage, (ahead - read) * perPage};
    }

    /** What was measured, as facts. */
    public Map<String, Object> json() {
        return facts;
    }

    /** What was measured, as a table. */
    @Override
    public String toString() {
        return table.toString();
    }
}
