package io.vexel.memory.slab;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What is in use although nobody should have it any more: exact, since it is read off the words of all slots and not off counters.
 *
 * @param leaks one for each cache and place in the program
 */
public record LeakReport(List<Leak> leaks) {

    /**
     * Objects of one cache that were allocated at one place.
     *
     * @param allocatedAt the place; empty when the cache has no {@link SlabFlag#STORE_USER}
     * @param objects how many
     * @param bytes of them, as they were asked for
     */
    public record Leak(String cache, String allocatedAt, long objects, long bytes) {}

    public LeakReport {
        leaks = List.copyOf(leaks);
    }

    static LeakReport of(String cache, long objectBytes, List<String> places) {
        Map<String, Long> counts = new TreeMap<>();
        places.forEach(place -> counts.merge(place, 1L, Long::sum));
        List<Leak> leaks = new ArrayList<>();
        counts.forEach((place, count) -> leaks.add(new Leak(cache, place, count, count * objectBytes)));
        return new LeakReport(leaks);
    }

    static LeakReport union(List<LeakReport> reports) {
        return new LeakReport(
                reports.stream().flatMap(report -> report.leaks.stream()).toList());
    }

    /** Whether nothing leaked. */
    public boolean isEmpty() {
        return leaks.isEmpty();
    }

    /** Objects in use. */
    public long objects() {
        return leaks.stream().mapToLong(Leak::objects).sum();
    }

    /** Bytes in use. */
    public long bytes() {
        return leaks.stream().mapToLong(Leak::bytes).sum();
    }
}
