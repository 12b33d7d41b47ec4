package io.vexel.memory.slab;

import java.util.List;

/** Caches as text, one a line, in the layout that Linux uses for /proc/slabinfo. */
public final class SlabViews {

    private static final String HEADER = "slabinfo - version: 2.1\n"
            + "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> <batchcount> <sharedfactor>"
            + " : slabdata <active_slabs> <num_slabs> <sharedavail>\n";

    private SlabViews() {}

    /** All caches. The limit of the tunables is two magazines, which a thread may hold, the batch one; slabs are active with an object in use or in a magazine. */
    public static String slabInfo(List<SlabStatistics> caches) {
        StringBuilder text = new StringBuilder(HEADER);
        for (SlabStatistics cache : caches) {
            SlabStatistics.Size size = cache.size();
            text.append("%-17s %6d %6d %6d %4d %4d"
                    .formatted(
                            cache.name(),
                            cache.objects().active(),
                            cache.objects().total(),
                            size.slotBytes(),
                            size.objectsPerSlab(),
                            size.pagesPerSlab()));
            text.append(" : tunables %4d %4d %4d".formatted(2 * size.magazine(), size.magazine(), 0));
            text.append(" : slabdata %6d %6d %6d\n"
                    .formatted(
                            cache.slabs().total() - cache.slabs().free(),
                            cache.slabs().total(),
                            0));
        }
        return text.toString();
    }
}
