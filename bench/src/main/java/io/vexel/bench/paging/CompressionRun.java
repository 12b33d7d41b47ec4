package io.vexel.bench.paging;

import io.vexel.base.Bytes;
import io.vexel.base.TimeSource;
import io.vexel.bench.data.Dataset;
import io.vexel.cli.terminal.Figures;
import io.vexel.cli.terminal.Table;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageAllocatorOptions;
import io.vexel.paging.compression.CompressedStore;
import io.vexel.paging.compression.Compression;
import io.vexel.paging.compression.CompressionOptions;
import io.vexel.paging.compression.CompressionStatistics;
import io.vexel.paging.compression.PageClass;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Measures by contents and codec how small pages become, how many of them are kept, and what that takes. */
public final class CompressionRun {

    private static final int PAGES = 512;
    private static final int ROUNDS = 7;
    private static final int WARM_UP = 2;
    private static final long SEED = 20_260_101;

    private final int pageBytes;
    private final Table table =
            new Table("PAGES", "CODEC", "KEPT, %", "BYTES OF ALL, %", "COMPRESS, US", "DECOMPRESS, US");
    private final List<Map<String, Object>> facts = new ArrayList<>();

    public CompressionRun(int pageBytes) {
        this.pageBytes = pageBytes;
    }

    /** Measures pages that are made up. */
    public void measureMadeUp() {
        for (PageContents contents : PageContents.values()) {
            SplittableRandom random = new SplittableRandom(SEED);
            List<byte[]> pages = new ArrayList<>();
            for (int i = 0; i < PAGES; i++) {
                pages.add(contents.page(pageBytes, random));
            }
            measure(contents.label(), contents.kind(), pages);
        }
    }

    /** Measures pages of the rows of a set, as 32-bit floats. */
    public void measure(Dataset data) {
        List<byte[]> pages = new ArrayList<>();
        ByteBuffer page = ByteBuffer.allocate(pageBytes).order(ByteOrder.LITTLE_ENDIAN);
        for (float[] row : data.base()) {
            for (float component : row) {
                page.putFloat(component);
                if (!page.hasRemaining() && pages.size() < PAGES) {
                    pages.add(page.array().clone());
                }
                if (!page.hasRemaining()) {
                    page.clear();
                }
            }
        }
        measure("rows of " + data.name(), PageClass.WORDS, pages);
    }

    private void measure(String name, PageClass kind, List<byte[]> pages) {
        for (Compression way : List.of(Compression.LZ4, Compression.ZSTD, Compression.LZO, Compression.AUTO)) {
            double[] compress = new double[ROUNDS];
            double[] decompress = new double[ROUNDS];
            CompressionStatistics statistics = null;
            for (int round = -WARM_UP; round < ROUNDS; round++) {
                statistics = pass(way, kind, pages);
                CompressionStatistics.Work work = statistics.work();
                if (round >= 0) {
                    long tried = work.compressed() + work.poor() + work.poorBySample();
                    compress[round] = work.nanosIn() * 1e-3 / Math.max(1, tried);
                    decompress[round] = work.nanosOut() * 1e-3 / Math.max(1, work.loaded());
                }
            }
            if (statistics != null) {
                add(name, way, statistics, compress, decompress);
            }
        }
    }

    /** Stores all pages, and loads those that were kept. */
    private CompressionStatistics pass(Compression way, PageClass kind, List<byte[]> pages) {
        MemoryBudget budget = new MemoryBudget(Bytes.GIB);
        try (PageAllocator allocator = PageAllocator.create(
                        budget,
                        PageAllocatorOptions.oneNode(new PageAllocatorOptions.ZoneSizes(0, 64 * Bytes.MIB, 0, 0)));
                CompressedStore store = CompressedStore.create(
                        CompressionOptions.of(way, pageBytes, 64 * Bytes.MIB), budget, allocator, TimeSource.SYSTEM);
                Arena arena = Arena.ofConfined()) {
            MemorySegment page = arena.allocate(pageBytes, pageBytes);
            List<Integer> kept = new ArrayList<>();
            for (byte[] bytes : pages) {
                MemorySegment.copy(bytes, 0, page, ValueLayout.JAVA_BYTE, 0, pageBytes);
                int index = store.store(kind, 0, page);
                if (index >= 0) {
                    kept.add(index);
                }
            }
            for (int index : kept) {
                store.load(index, page);
            }
            return store.statistics();
        }
    }

    private void add(
            String name, Compression way, CompressionStatistics statistics, double[] compress, double[] decompress) {
        long kept = statistics.pages();
        CompressionStatistics.Work work = statistics.work();
        long all = kept + work.poor() + work.poorBySample() + work.skipped() + work.full();
        double keptPercent = 100.0 * kept / all;
        double bytesPercent = 100.0 * (statistics.storedBytes() + (all - kept) * pageBytes) / (all * pageBytes);
        table.row(
                name,
                way.label(),
                Figures.decimal(keptPercent, 0),
                Figures.decimal(bytesPercent, 0),
                Figures.spread(compress, 1),
                kept == 0 ? "-" : Figures.spread(decompress, 1));
        Map<String, Object> fact = new LinkedHashMap<>();
        fact.put("pages", name);
        fact.put("codec", way.label());
        fact.put("keptPercent", keptPercent);
        fact.put("bytesPercent", bytesPercent);
        fact.put("compressMicros", Figures.median(compress));
        fact.put("decompressMicros", Figures.median(decompress));
        facts.add(fact);
    }

    /** What was measured, as facts. */
    public List<Map<String, Object>> json() {
        return facts;
    }

    /** What was measured, as a table. */
    @Override
    public String toString() {
        return table.toString();
    }
}
