package io.vexel.memory.numa;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A system with nodes: remembers where pages of ranges are, and refuses when it is told to. */
public final class FakeNuma implements NumaCalls {

    private static final int EPERM = -1;
    private static final int ENOENT = -2;

    /** Node of each page that was touched, by address. */
    public final Map<Long, Integer> pages = new HashMap<>();

    /** What was bound, in words. */
    public final List<String> bound = new ArrayList<>();

    /** The processor that runs everybody. */
    public volatile int cpu;

    /** Whether calls are refused, as a container does. */
    public volatile boolean refuses;

    /** Pages that do not move. */
    public final List<Long> pinned = new ArrayList<>();

    /** A system that grants everything, on processor 0. */
    public FakeNuma() {}

    @Override
    public int bind(long address, long bytes, int mode, long[] nodes) {
        if (refuses) {
            return EPERM;
        }
        bound.add(bytes + " mode " + mode + " nodes " + Long.toBinaryString(nodes.length == 0 ? 0 : nodes[0]));
        return 0;
    }

    @Override
    public int setPolicy(int mode, long[] nodes) {
        return refuses ? EPERM : 0;
    }

    @Override
    public int movePages(long[] addresses, int[] nodes, int[] status) {
        if (refuses) {
            return EPERM;
        }
        for (int i = 0; i < addresses.length; i++) {
            if (nodes.length > 0 && pages.containsKey(addresses[i]) && !pinned.contains(addresses[i])) {
                pages.put(addresses[i], nodes[i]);
            }
            status[i] = pages.getOrDefault(addresses[i], ENOENT);
        }
        return (int) Arrays.stream(status).filter(each -> each < 0).count();
    }

    @Override
    public int cpu() {
        return refuses ? EPERM : cpu;
    }

    @Override
    public int nodeOf(long address) {
        return refuses ? EPERM : pages.getOrDefault(address, 0);
    }
}
