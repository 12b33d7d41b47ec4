package io.vexel.memory.numa;

import io.vexel.base.Bytes;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import io.vexel.memory.linux.SystemCall;
import io.vexel.memory.pressure.MemoryActivity;
import io.vexel.memory.pressure.PressureLevel;
import io.vexel.memory.pressure.PressureMonitor;
import io.vexel.memory.pressure.PressureOptions;
import io.vexel.memory.zone.HotPages;
import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageAllocatorOptions;
import io.vexel.memory.zone.PageMover;
import io.vexel.memory.zone.PageOwner;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Proves, on a real kernel of several nodes, what the tests prove with a fake. Started by memory/src/test/qemu/boot inside of a virtual machine
 * of two nodes, whose processors 0 and 1 are on the first. Prints one line a proof; the last is PROVED or FAILED.
 */
public final class NodeProof {

    private static final int PAGES = 2048;
    private static final double LEAST_LOCAL = 0.9;

    private final PrintStream out;
    private final NumaMemory numa;
    private int failed;

    private NodeProof(PrintStream out, NumaMemory numa) {
        this.out = out;
        this.numa = numa;
    }

    /** @param arguments the file from which a trigger on stall information is armed, if one is to be */
    @SuppressWarnings("SystemOut") // a program of its own
    public static void main(String[] arguments) {
        NodeProof proof = new NodeProof(System.out, NumaMemory.ofMachine());
        proof.topology();
        if (proof.failed == 0) {
            proof.zonesAreOnTheirNodes();
            proof.threadsAllocateNearby();
            proof.regionsMoveBothWays();
            proof.blocksMoveBothWays();
            proof.pressureIsSeen();
        }
        System.out.println(proof.failed == 0 ? "PROVED" : "FAILED " + proof.failed);
    }

    private void say(boolean good, String what) {
        failed += good ? 0 : 1;
        out.println((good ? "ok   " : "FAIL ") + what);
    }

    private void topology() {
        NumaTopology topology = numa.topology();
        say(
                numa.nodeCount() == 2
                        && topology.nearestTo(0).orElse(-1) == 0
                        && topology.nearestTo(3).orElse(-1) == 1,
                "topology: " + topology.withMemory().size() + " nodes with memory, processors "
                        + topology.nodes().stream().map(NumaNode::cpus).toList() + ", distances "
                        + topology.distances());
    }

    private PageAllocator allocator(MemoryBudget budget) {
        return PageAllocator.create(
                budget,
                PageAllocatorOptions.onNodes(
                        numa, new PageAllocatorOptions.ZoneSizes(0, 32 * Bytes.MIB, 32 * Bytes.MIB, 16 * Bytes.MIB)));
    }

    private void zonesAreOnTheirNodes() {
        try (PageAllocator pages = allocator(new MemoryBudget(256 * Bytes.MIB))) {
            PageOwner owner = pages.register(PageOwner.Terms.unmovable("rows"));
            PageOwner large = pages.register(PageOwner.Terms.large("large"));
            for (int node = 0; node < 2; node++) {
                long there = 0;
                long all = 0;
                for (int i = 0; i < PAGES; i++) {
                    long handle = pages.allocateOn(node, owner, 0);
                    pages.segment(handle).fill((byte) 1);
                    there += numa.nodeOf(pages.segment(handle)) == node ? 1 : 0;
                    all++;
                }
                long huge = pages.allocateOn(node, large, 10);
                pages.segment(huge).fill((byte) 1);
                double share = numa.placement(pages.segment(huge)).shareOn(node);
                say(
                        there > LEAST_LOCAL * all && share > LEAST_LOCAL,
                        "zones of node " + node + ": " + there + " of " + all + " pages there, "
                                + Math.round(100 * share) + " % of a block of 4 MiB; "
                                + pages.numaStatistics().get(node).placement());
            }
        }
    }

    private void threadsAllocateNearby() {
        try (PageAllocator pages = allocator(new MemoryBudget(256 * Bytes.MIB))) {
            PageOwner owner = pages.register(PageOwner.Terms.unmovable("rows"));
            List<Thread> threads = new ArrayList<>();
            for (int cpu = 0; cpu < 4; cpu++) {
                int processor = cpu;
                threads.add(new Thread(() -> {
                    Processors.runOn(processor);
                    try (HotPages hot = pages.hotPages()) {
                        for (int i = 0; i < PAGES; i++) {
                            long handle = i % 2 == 0 ? hot.allocate(owner, i % 3) : pages.allocate(owner, i % 3);
                            pages.segment(handle).fill((byte) 1);
                            if (i % 4 > 0) {
                                hot.free(handle);
                            }
                        }
                    }
                }));
            }
            threads.forEach(Thread::start);
            threads.forEach(io.vexel.base.Uninterruptibles::join);
            for (NumaStatistics node : pages.numaStatistics()) {
                double share = (double) node.local() / (node.local() + node.other());
                say(
                        share > LEAST_LOCAL && node.hit() > 0,
                        "threads of node " + node.node() + ": " + Math.round(1000 * share) / 10.0 + " % of "
                                + (node.local() + node.other()) + " blocks local (hit " + node.hit() + ", miss "
                                + node.miss() + ")");
            }
        }
    }

    private void regionsMoveBothWays() {
        MemoryBudget budget = new MemoryBudget(64 * Bytes.MIB);
        try (Region region = Region.allocate(
                budget, "rows", (long) PAGES * PageAllocator.PAGE_BYTES, numa.placing(MemoryPolicy.bind(List.of(0))))) {
            region.segment().fill((byte) 7);
            say(
                    numa.placement(region.segment()).shareOn(0) > LEAST_LOCAL,
                    "region bound to node 0: "
                            + numa.placement(region.segment()).pagesByNode() + " pages by node");
            for (int node : new int[] {1, 0}) {
                NumaMemory.Migration migration = numa.migrate(region.segment(), node);
                say(
                        migration.moved() > LEAST_LOCAL * PAGES
                                && region.segment().get(java.lang.foreign.ValueLayout.JAVA_BYTE, 4097) == 7,
                        "region to node " + node + ": " + migration);
            }
        }
        try (Region region = Region.allocate(
                budget,
                "turns",
                (long) PAGES * PageAllocator.PAGE_BYTES / 8,
                numa.placing(MemoryPolicy.interleave(List.of(0, 1))))) {
            region.segment().fill((byte) 7);
            PagePlacement placement = numa.placement(region.segment());
            say(
                    Math.abs(placement.shareOn(0) - 0.5) < 0.1,
                    "region interleaved: " + placement.pagesByNode() + " pages by node");
        }
    }

    /** Owns movable blocks and follows them. */
    private static final class Followed implements PageMover {

        final Map<Long, Byte> blocks = new HashMap<>();
        private final PageAllocator pages;

        Followed(PageAllocator pages) {
            this.pages = pages;
        }

        @Override
        public boolean move(long from, long to) {
            pages.segment(to).copyFrom(pages.segment(from));
            blocks.put(to, blocks.remove(from));
            return true;
        }

        long on(NumaMemory numa, int node) {
            return blocks.keySet().stream()
                    .filter(handle -> numa.nodeOf(pages.segment(handle)) == node)
                    .count();
        }

        boolean areWhole() {
            return blocks.entrySet().stream()
                    .allMatch(block -> pages.segment(block.getKey()).get(java.lang.foreign.ValueLayout.JAVA_BYTE, 4095)
                            == block.getValue());
        }
    }

    private void blocksMoveBothWays() {
        try (PageAllocator pages = allocator(new MemoryBudget(256 * Bytes.MIB))) {
            Followed blocks = new Followed(pages);
            PageOwner owner = pages.register(PageOwner.Terms.movable("movable", blocks));
            for (int i = 0; i < PAGES; i++) {
                long handle = pages.allocateOn(0, owner, 0);
                pages.segment(handle).fill((byte) i);
                blocks.blocks.put(handle, (byte) i);
            }
            for (int node : new int[] {1, 0}) {
                long moved = pages.migrate(1 - node, node, Long.MAX_VALUE);
                long there = blocks.on(numa, node);
                say(
                        moved == PAGES && there > LEAST_LOCAL * PAGES && blocks.areWhole(),
                        "blocks to node " + node + ": " + moved + " pages moved, " + there + " are there");
            }
        }
    }

    /** The cgroup of this process has a limit of 512 MiB, as boot has set it. */
    private void pressureIsSeen() {
        PressureOptions options =
                PressureOptions.standard().withInterval(Duration.ofMillis(50)).withHold(Duration.ZERO);
        MemoryBudget budget = new MemoryBudget(Bytes.GIB);
        try (PressureMonitor monitor = new PressureMonitor(budget, options, () -> MemoryActivity.NONE)) {
            PressureLevel before = monitor.check();
            say(
                    before == PressureLevel.NORMAL
                            && monitor.statistics().sources().size() == 3,
                    "pressure: " + monitor.statistics().sources());
            try (Region region = Region.allocate(budget, "ballast", 500 * Bytes.MIB)) {
                long step = Bytes.MIB;
                PressureLevel reached = before;
                for (long at = 0; at < region.byteSize() && reached != PressureLevel.CRITICAL; at += step) {
                    region.segment().asSlice(at, step).fill((byte) 1);
                    reached = monitor.check();
                }
                say(
                        reached == PressureLevel.CRITICAL,
                        "pressure under the limit of the group: "
                                + monitor.statistics().sources().get(1));
            }
            say(monitor.check() != PressureLevel.CRITICAL, "pressure after giving back: " + monitor.level());
        }
        boolean armed = io.vexel.memory.pressure.TriggerProof.arms(Path.of("/proc/pressure/memory"));
        say(armed && SystemCall.supported(), "trigger on stall information armed: " + armed);
    }
}
