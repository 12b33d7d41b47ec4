package io.vexel.cli;

import io.vexel.base.Bytes;
import io.vexel.cli.terminal.Figures;
import io.vexel.collection.PageMemory;
import io.vexel.memory.numa.NumaStatistics;
import io.vexel.memory.zone.FreeBlocks;
import io.vexel.memory.zone.MemoryStatistics;
import io.vexel.memory.zone.Mobility;
import io.vexel.memory.zone.PageViews;
import io.vexel.memory.zone.ZoneStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** The memory of a volume by pages, for people and for programs. The names of memory_stats are those of the origin. */
final class PageFacts {

    private PageFacts() {}

    /** Adds what there is to the facts of the memory. */
    static void addTo(Map<String, Object> facts, PageMemory pages) {
        facts.put("memory_stats", memoryStats(pages));
        facts.put(
                "zone_stats",
                pages.allocators().stream()
                        .flatMap(allocator -> allocator.zones().stream().map(zone -> zoneStats(allocator.name(), zone)))
                        .toList());
        facts.put(
                "numa_stats",
                pages.allocators().stream()
                        .flatMap(allocator -> allocator.nodes().stream().map(node -> numaStats(allocator.name(), node)))
                        .toList());
        facts.put("indexPages", pages.indexPages().map(PageFacts::indexPages));
    }

    private static Map<String, Object> memoryStats(PageMemory pages) {
        MemoryStatistics memory = pages.memory();
        Optional<PageMemory.Faults> faults = pages.indexPages().map(PageMemory.IndexPages::faults);
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("total_memory", memory.total());
        facts.put("free_memory", memory.free());
        facts.put("used_memory", memory.used());
        facts.put("cached_memory", memory.cached());
        facts.put("buffered_memory", memory.buffered());
        facts.put("total_allocations", memory.allocations());
        facts.put("failed_allocations", memory.failedAllocations());
        facts.put("allocation_size_total", memory.allocatedBytes());
        facts.put("allocation_size_peak", memory.peak());
        facts.put("page_faults_total", faults.map(each -> each.major() + each.minor()));
        facts.put("page_faults_major", faults.map(PageMemory.Faults::major));
        facts.put("page_faults_minor", faults.map(PageMemory.Faults::minor));
        facts.put("numa_local_allocations", memory.localAllocations());
        facts.put("numa_remote_allocations", memory.remoteAllocations());
        facts.put("numa_migrations", memory.migrations());
        return facts;
    }

    private static Map<String, Object> zoneStats(String allocator, ZoneStatistics zone) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("allocator", allocator);
        facts.put("node", zone.node());
        facts.put("zone", zone.kind().name());
        facts.put("totalPages", zone.pages().total());
        facts.put("freePages", zone.pages().free());
        facts.put("buddyPages", zone.pages().inBuddy());
        facts.put("takenPages", zone.pages().taken());
        facts.put("min", zone.watermarks().min());
        facts.put("low", zone.watermarks().low());
        facts.put("high", zone.watermarks().high());
        ZoneStatistics.Events events = zone.events();
        facts.put("allocations", events.allocations());
        facts.put("allocatedPages", events.allocatedPages());
        facts.put("frees", events.frees());
        facts.put("refusals", events.refusals());
        facts.put("copies", events.copies());
        facts.put("moves", events.moves());
        facts.put("splits", events.splits());
        facts.put("merges", events.merges());
        facts.put("conversions", events.conversions());
        facts.put("strays", events.strays());
        facts.put("leastOrder", zone.free().leastOrder());
        facts.put("freeBlocks", freeBlocks(zone.free()));
        return facts;
    }

    /** By mobility, then by order from the least on: what /proc/pagetypeinfo shows; the sums are /proc/buddyinfo. */
    private static Map<String, Object> freeBlocks(FreeBlocks free) {
        Map<String, Object> facts = new LinkedHashMap<>();
        for (Mobility mobility : Mobility.values()) {
            facts.put(
                    mobility.name(),
                    IntStream.rangeClosed(free.leastOrder(), free.greatestOrder())
                            .mapToObj(order -> free.count(order, mobility))
                            .toList());
        }
        return facts;
    }

    private static Map<String, Object> numaStats(String allocator, NumaStatistics node) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("allocator", allocator);
        facts.put("node", node.node());
        facts.put("id", node.id());
        facts.put("totalPages", node.totalPages());
        facts.put("freePages", node.freePages());
        facts.put("hit", node.hit());
        facts.put("miss", node.miss());
        facts.put("foreign", node.foreign());
        facts.put("interleaveHit", node.interleaveHit());
        facts.put("local", node.local());
        facts.put("other", node.other());
        facts.put("migratedIn", node.migratedIn());
        facts.put("migratedOut", node.migratedOut());
        facts.put("placement", node.placement().name());
        return facts;
    }

    private static Map<String, Object> indexPages(PageMemory.IndexPages cache) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("pageBytes", cache.pageBytes());
        facts.put("mostFrames", cache.frames().most());
        facts.put("heldFrames", cache.frames().held());
        facts.put("usedFrames", cache.frames().used());
        facts.put("refaults", cache.faults().refaults());
        facts.put("failedReads", cache.faults().failedReads());
        facts.put("refused", cache.faults().refused());
        facts.put("evictions", cache.traffic().evictions());
        facts.put("ahead", cache.traffic().ahead());
        facts.put("aheadHits", cache.traffic().aheadHits());
        facts.put("aheadWasted", cache.traffic().aheadWasted());
        return facts;
    }

    /** Lines that begin with two spaces. */
    static String text(PageMemory pages) {
        StringBuilder text = new StringBuilder();
        MemoryStatistics memory = pages.memory();
        line(
                text,
                "reservations refused: " + Figures.count(memory.failedAllocations()) + "; caches could give back "
                        + Bytes.text(memory.cached()));
        pages.indexPages().ifPresent(cache -> line(text, text(cache)));
        if (!pages.allocators().isEmpty()) {
            line(
                    text,
                    "pages: " + Figures.count(memory.allocations()) + " allocations of "
                            + Bytes.text(memory.allocatedBytes()) + " so far, " + Bytes.text(memory.metadata())
                            + " to describe them");
        }
        pages.allocators().forEach(allocator -> lines(text, allocator));
        return text.toString();
    }

    private static String text(PageMemory.IndexPages cache) {
        return "index pages: %s of %s frames of %s, faults %s major, %s minor, %s evictions, %s read ahead, %s of them used"
                .formatted(
                        Figures.count(cache.frames().used()),
                        Figures.count(cache.frames().most()),
                        Bytes.text(cache.pageBytes()),
                        Figures.count(cache.faults().major()),
                        Figures.count(cache.faults().minor()),
                        Figures.count(cache.traffic().evictions()),
                        Figures.count(cache.traffic().ahead()),
                        Figures.count(cache.traffic().aheadHits()));
    }

    private static void lines(StringBuilder text, PageMemory.Allocator allocator) {
        List<ZoneStatistics> zones = allocator.zones();
        line(text, "pages of " + allocator.name() + ", free blocks by order as /proc/buddyinfo:");
        PageViews.buddyInfo(zones).lines().forEach(each -> line(text, "  " + each));
        line(text, "by mobility as /proc/pagetypeinfo:");
        PageViews.pageTypeInfo(zones).lines().forEach(each -> line(text, "  " + each));
        for (ZoneStatistics zone : zones) {
            line(
                    text,
                    "  zone %s of node %d: %s pages, %s of them taken, %s free; marks %s, %s, %s; %s allocations, %s refused"
                            .formatted(
                                    zone.kind(),
                                    zone.node(),
                                    Figures.count(zone.pages().total()),
                                    Figures.count(zone.pages().taken()),
                                    Figures.count(zone.pages().free()),
                                    Figures.count(zone.watermarks().min()),
                                    Figures.count(zone.watermarks().low()),
                                    Figures.count(zone.watermarks().high()),
                                    Figures.count(zone.events().allocations()),
                                    Figures.count(zone.events().refusals())));
        }
        for (NumaStatistics node : allocator.nodes()) {
            line(
                    text,
                    "  node %d: hit %s, miss %s, foreign %s, interleave_hit %s, local_node %s, other_node %s"
                            .formatted(
                                    node.id(),
                                    Figures.count(node.hit()),
                                    Figures.count(node.miss()),
                                    Figures.count(node.foreign()),
                                    Figures.count(node.interleaveHit()),
                                    Figures.count(node.local()),
                                    Figures.count(node.other())));
        }
    }

    private static void line(StringBuilder text, String line) {
        text.append("  ").append(line).append(System.lineSeparator());
    }
}
