package io.vexel.cli;

import io.vexel.base.Bytes;
import io.vexel.cli.terminal.Figures;
import io.vexel.collection.VectorCacheStatistics;
import io.vexel.engine.VolumeMemory;
import io.vexel.memory.slab.SlabStatistics;
import io.vexel.memory.slab.SlabViews;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** What a volume does with its memory, for people and for programs. */
final class MemoryFacts {

    private MemoryFacts() {}

    static Map<String, Object> json(VolumeMemory memory) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("limitBytes", memory.limitBytes());
        facts.put("usedBytes", memory.usedBytes());
        facts.put("peakBytes", memory.peakBytes());
        facts.put("reclaimableBytes", memory.reclaimableBytes());
        facts.put("residentVectorBytes", memory.residentVectorBytes());
        facts.put("usedByOwner", new TreeMap<>(memory.usedByOwner()));
        facts.put("vectorCache", json(memory.vectorCache()));
        PageFacts.addTo(facts, memory.pages());
        return facts;
    }

    /** What became of rows that were asked for, in the cache of vectors. */
    static Map<String, Object> rows(VectorCacheStatistics cache) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("hits", cache.hits());
        facts.put("misses", cache.misses());
        facts.put("hitRatio", cache.hitRatio());
        return facts;
    }

    private static Map<String, Object> json(VectorCacheStatistics cache) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("mostEntries", cache.mostEntries());
        facts.put("usedEntries", cache.usedEntries());
        facts.putAll(rows(cache));
        facts.put("evictions", cache.evictions());
        facts.put("failedReads", cache.rows().failedReads());
        facts.put("objects", cache.objects().stream().map(MemoryFacts::json).toList());
        return facts;
    }

    private static Map<String, Object> json(SlabStatistics objects) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("name", objects.name());
        facts.put("objectBytes", objects.size().objectBytes());
        facts.put("slotBytes", objects.size().slotBytes());
        facts.put("activeObjects", objects.objects().active());
        facts.put("totalObjects", objects.objects().total());
        facts.put("objectsPerSlab", objects.size().objectsPerSlab());
        facts.put("pagesPerSlab", objects.size().pagesPerSlab());
        facts.put("slabs", objects.slabs().total());
        facts.put("freeSlabs", objects.slabs().free());
        facts.put("wordBytes", objects.slabs().wordBytes());
        facts.put("allocations", objects.events().allocations());
        facts.put("frees", objects.events().frees());
        return facts;
    }

    static String text(VolumeMemory memory) {
        StringBuilder text = new StringBuilder("memory: " + Bytes.text(memory.usedBytes()) + " used of "
                + Bytes.text(memory.limitBytes()) + ", at most " + Bytes.text(memory.peakBytes()) + " at once, "
                + Bytes.text(memory.reclaimableBytes()) + " to be had back");
        text.append(System.lineSeparator());
        new TreeMap<>(memory.usedByOwner())
                .forEach((owner, bytes) -> text.append("  %-20s %s%n".formatted(owner, Bytes.text(bytes))));
        VectorCacheStatistics cache = memory.vectorCache();
        if (cache.mostEntries() > 0) {
            text.append("  vector cache: %s of %s entries, %s hits, %s misses, %s evictions%n"
                    .formatted(
                            Figures.count(cache.usedEntries()),
                            Figures.count(cache.mostEntries()),
                            Figures.count(cache.hits()),
                            Figures.count(cache.misses()),
                            Figures.count(cache.evictions())));
            SlabViews.slabInfo(cache.objects())
                    .lines()
                    .forEach(line -> text.append("  ").append(line).append(System.lineSeparator()));
        }
        return text + PageFacts.text(memory.pages());
    }
}
