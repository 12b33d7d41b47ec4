package io.vexel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.Bytes;
import io.vexel.cli.terminal.Json;
import io.vexel.collection.PageMemory;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.zone.MemoryStatistics;
import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageAllocatorOptions;
import io.vexel.memory.zone.PageOwner;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What is shown of allocators of pages, from one that did something. */
class PageFactsTest {

    private static final PageMemory.IndexPages CACHE = new PageMemory.IndexPages(
            4096,
            new PageMemory.Frames(1_000, 500, 400),
            new PageMemory.Faults(3, 1_200, 7, 1, 2),
            new PageMemory.Traffic(600, 40, 30, 10));

    private static PageMemory used(Optional<PageMemory.IndexPages> cache) {
        MemoryBudget budget = MemoryBudget.forOneThread(64 * Bytes.MIB);
        try (PageAllocator pages = PageAllocator.create(
                budget,
                PageAllocatorOptions.oneNode(new PageAllocatorOptions.ZoneSizes(0, 8 * Bytes.MIB, 0, 8 * Bytes.MIB)))) {
            PageOwner owner = pages.register(PageOwner.Terms.reclaimable("test"));
            long first = pages.allocate(owner, 3);
            long second = pages.allocate(owner, 0);
            PageMemory memory = new PageMemory(
                    MemoryStatistics.of(budget, List.of(pages)),
                    List.of(new PageMemory.Allocator("test pages", pages.zoneStatistics(), pages.numaStatistics())),
                    cache);
            pages.free(first);
            pages.free(second);
            return memory;
        }
    }

    @Test
    void json_ofUsedPages_hasEveryCountUnderItsName() {
        Map<String, Object> facts = new LinkedHashMap<>();
        PageFacts.addTo(facts, used(Optional.of(CACHE)));
        JsonNode json = JsonMapper.shared().readTree(Json.of(facts));
        JsonNode stats = json.get("memory_stats");
        assertThat(stats.get("total_memory").asLong()).isEqualTo(64 * Bytes.MIB);
        assertThat(stats.get("total_allocations").asLong()).isEqualTo(2);
        assertThat(stats.get("allocation_size_total").asLong()).isEqualTo(9 * 4096);
        assertThat(stats.get("page_faults_total").asLong()).isEqualTo(1_203);
        assertThat(stats.get("page_faults_major").asLong()).isEqualTo(1_200);
        assertThat(stats.get("page_faults_minor").asLong()).isEqualTo(3);
        assertThat(stats.get("numa_local_allocations").asLong()).isEqualTo(2);
        assertThat(stats.get("numa_remote_allocations").asLong()).isZero();
        assertThat(json.get("zone_stats")).hasSize(2);
        JsonNode normal = json.get("zone_stats").get(0);
        assertThat(normal.get("allocator").asString()).isEqualTo("test pages");
        assertThat(normal.get("zone").asString()).isEqualTo("NORMAL");
        assertThat(normal.get("takenPages").asLong()).isEqualTo(1_024);
        assertThat(normal.get("freeBlocks").get("UNMOVABLE")).hasSize(11);
        long free = 0;
        for (JsonNode counts : normal.get("freeBlocks")) {
            for (int order = 0; order < counts.size(); order++) {
                free += counts.get(order).asLong() << order;
            }
        }
        assertThat(free).isEqualTo(normal.get("buddyPages").asLong());
        JsonNode node = json.get("numa_stats").get(0);
        assertThat(node.get("hit").asLong()).isEqualTo(2);
        assertThat(node.get("placement").asString()).isEqualTo("NOT_ASKED");
        assertThat(json.get("indexPages").get("evictions").asLong()).isEqualTo(600);
        assertThat(json.get("indexPages").get("aheadHits").asLong()).isEqualTo(30);
    }

    @Test
    void text_ofUsedPages_hasTheViewsOfTheSystem() {
        String text = PageFacts.text(used(Optional.of(CACHE)));
        assertThat(text)
                .contains("  index pages: 400 of 1,000 frames of 4.0 KiB, faults 1,200 major, 3 minor, 600 evictions")
                .containsPattern("(?m)^    Node 0, zone +NORMAL( +\\d+){11}$")
                .containsPattern("(?m)^    Node +0, zone +NORMAL, type +RECLAIMABLE( +\\d+){11}$")
                .containsPattern("(?m)^    node 0: hit 2, miss 0, foreign 0, ")
                .contains("zone NORMAL of node 0: 2,048 pages, 1,024 of them taken");
    }

    @Test
    void text_withoutAllocators_saysOnlyWhatTheBudgetDid() {
        MemoryBudget budget = MemoryBudget.forOneThread(Bytes.MIB);
        PageMemory none = new PageMemory(MemoryStatistics.of(budget, List.of()), List.of(), Optional.empty());
        assertThat(PageFacts.text(none).lines()).hasSize(1);
    }
}
