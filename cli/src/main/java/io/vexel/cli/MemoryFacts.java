package io.vexel.cli;

import io.vexel.base.Bytes;
import io.vexel.cli.terminal.Figures;
import io.vexel.collection.VectorCacheStatistics;
import io.vexel.engine.VolumeMemory;
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
        return facts;
    }

    private static Map<String, Object> json(VectorCacheStatistics cache) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("pageBytes", cache.pageBytes());
        facts.put("mostPages", cache.mostPages());
        facts.put("heldPages", cache.heldPages());
        facts.put("usedPages", cache.usedPages());
        facts.put("dirtyPages", cache.dirtyPages());
        facts.put("hits", cache.hits());
        facts.put("misses", cache.misses());
        facts.put("hitRatio", cache.hitRatio());
        facts.put("evictions", cache.evictions());
        facts.put("prefetches", cache.prefetches());
        facts.put("prefetchHits", cache.prefetchHits());
        facts.put("failedReads", cache.failedReads());
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
        if (cache.pageBytes() > 0) {
            text.append("  vector cache: %s of %s pages of %s, %s hits, %s misses, %s evictions%n"
                    .formatted(
                            Figures.count(cache.usedPages()),
                            Figures.count(cache.mostPages()),
                            Bytes.text(cache.pageBytes()),
                            Figures.count(cache.hits()),
                            Figures.count(cache.misses()),
                            Figures.count(cache.evictions())));
        }
        return text.toString();
    }
}
