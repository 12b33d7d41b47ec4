package io.vexel.memory.zone;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/** The zones of all nodes, and in which order they are tried: the nearest node first, and on each node the zone asked for first. */
final class ZoneList {

    private static final int NO_ZONE = 0xFF;

    private final List<Zone> zones;
    /** The same; one step less on the way of every block. */
    private final Zone[] zoneArray;

    private final List<Map<ZoneKind, Zone[]>> fallbacks = new ArrayList<>();
    private final byte[] zoneOfSpan;

    ZoneList(List<Zone> zones, List<List<Integer>> distances) {
        this.zones = List.copyOf(zones);
        zoneArray = zones.toArray(Zone[]::new);
        for (List<Integer> each : distances) {
            Map<ZoneKind, Zone[]> ofNode = new EnumMap<>(ZoneKind.class);
            for (ZoneKind kind : ZoneKind.values()) {
                ofNode.put(kind, fallback(each, kind));
            }
            fallbacks.add(ofNode);
        }
        Zone last = this.zones.getLast();
        zoneOfSpan = new byte[(last.place.firstPage() + last.place.pages()) / Zone.SPAN_PAGES];
        for (Zone zone : this.zones) {
            int first = zone.place.firstPage() / Zone.SPAN_PAGES;
            java.util.Arrays.fill(
                    zoneOfSpan, first, first + zone.place.pages() / Zone.SPAN_PAGES, (byte) this.zones.indexOf(zone));
        }
        assert this.zones.size() < NO_ZONE;
    }

    private Zone[] fallback(List<Integer> distances, ZoneKind kind) {
        List<Zone> result = new ArrayList<>();
        IntStream.range(0, distances.size())
                .boxed()
                .sorted(Comparator.comparing(distances::get))
                .forEach(node -> kinds(kind).forEach(each -> zone(node, each).ifPresent(result::add)));
        return result.toArray(Zone[]::new);
    }

    /** Buffers of direct I/O and large objects have no other place; the zone DMA helps out last. */
    private static List<ZoneKind> kinds(ZoneKind kind) {
        return switch (kind) {
            case DMA, LARGE -> List.of(kind);
            case NORMAL -> List.of(ZoneKind.NORMAL, ZoneKind.DMA);
            case MOVABLE -> List.of(ZoneKind.MOVABLE, ZoneKind.NORMAL, ZoneKind.DMA);
        };
    }

    List<Zone> all() {
        return zones;
    }

    Optional<Zone> zone(int node, ZoneKind kind) {
        return zones.stream()
                .filter(zone -> zone.place.node() == node && zone.place.kind() == kind)
                .findFirst();
    }

    /** The zones to try for a kind, seen from a node. */
    Zone[] of(int node, ZoneKind kind) {
        return Objects.requireNonNull(fallbacks.get(node).get(kind));
    }

    /**
     * The zone of a page.
     *
     * @throws IllegalArgumentException when no zone has it
     */
    Zone of(int page) {
        if (page < 0 || page / Zone.SPAN_PAGES >= zoneOfSpan.length) {
            throw new IllegalArgumentException("page=" + page + ", allowed: 0.." + zoneOfSpan.length * Zone.SPAN_PAGES);
        }
        return zoneArray[zoneOfSpan[page / Zone.SPAN_PAGES] & 0xFF];
    }
}
