package io.vexel.memory.zone;

import java.util.List;

/** Free blocks as text, a zone or a mobility a line, in the layout that Linux uses for /proc/buddyinfo and /proc/pagetypeinfo. */
public final class PageViews {

    private static final int COLUMN = 7;

    private PageViews() {}

    /** Free blocks by order. */
    public static String buddyInfo(List<ZoneStatistics> zones) {
        StringBuilder text = new StringBuilder();
        for (ZoneStatistics zone : zones) {
            text.append("Node ").append(zone.node()).append(", zone %8s ".formatted(zone.kind()));
            FreeBlocks free = zone.free();
            for (int order = free.leastOrder(); order <= free.greatestOrder(); order++) {
                append(text, free.count(order));
            }
            text.append('\n');
        }
        return text.toString();
    }

    /** Free blocks by mobility and order. */
    public static String pageTypeInfo(List<ZoneStatistics> zones) {
        StringBuilder text = new StringBuilder();
        for (ZoneStatistics zone : zones) {
            FreeBlocks free = zone.free();
            for (Mobility mobility : Mobility.values()) {
                text.append("Node ")
                        .append("%4d".formatted(zone.node()))
                        .append(", zone %8s, type %12s ".formatted(zone.kind(), mobility));
                for (int order = free.leastOrder(); order <= free.greatestOrder(); order++) {
                    append(text, free.count(order, mobility));
                }
                text.append('\n');
            }
        }
        return text.toString();
    }

    private static void append(StringBuilder text, long count) {
        text.append(("%" + COLUMN + "d").formatted(count));
    }
}
