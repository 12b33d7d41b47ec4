package io.vexel.filesystem;

import io.vexel.base.CapacityException;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.SparseRegion;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The memory of a cache of blocks, by {@link FrameUnit}s in slabs of addresses: a slab is reserved once and stays until the cache is closed; each
 * unit in it is charged to the budget, and its pages are given back to the system, by itself.
 *
 * <pre>
 *  absent --claim--> claimed --tryTake, take--> in the cache --chosen by it--> leaving --discard, putBack--> absent
 *                        '----------- refused: putBack ------------------------------------------------------^
 * </pre>
 *
 * <p>Guarded by the monitor of the cache, save {@link #tryTake}, {@link #take} and {@link #discard}, which touch a unit that the caller alone has. The
 * latter two are to be called without the monitor: others may be asked for memory, this cache among them, or pages unmapped.
 */
final class FrameMemory implements AutoCloseable {

    private static final String OWNER = BlockCache.NAME;
    private static final long PAGE_BYTES = 4 << 10;
    private static final long SLAB_BYTES = 1 << 20;

    private final MemoryBudget budget;
    private final int blockSize;
    private final int most;
    private final List<SparseRegion> slabs = new ArrayList<>();
    private final List<FrameUnit> units = new ArrayList<>();
    private final ArrayDeque<FrameUnit> absent = new ArrayDeque<>();

    /** @param mostFrames how many frames there may be at once, at least 1; rounded up to whole units */
    FrameMemory(MemoryBudget budget, int blockSize, int mostFrames) {
        this.budget = budget;
        this.blockSize = blockSize;
        this.most = Math.ceilDiv(mostFrames, framesPerUnit());
    }

    /** Bytes that are taken and given back together. */
    long unitBytes() {
        return Math.max(PAGE_BYTES, blockSize);
    }

    private int framesPerUnit() {
        return (int) (unitBytes() / blockSize);
    }

    /** All units that have addresses, with memory or without, in an order that stays. */
    List<FrameUnit> units() {
        return units;
    }

    /** A unit without memory; empty when there are as many as there may be, or the system has no addresses. */
    Optional<FrameUnit> claim() {
        return claim(1).stream().findFirst();
    }

    /** As {@link #claim()}, up to so many of one slab. */
    List<FrameUnit> claim(int count) {
        if (absent.isEmpty() && units.size() < most) {
            addSlab();
        }
        List<FrameUnit> claimed = new ArrayList<>();
        while (claimed.size() < count
                && !absent.isEmpty()
                && (claimed.isEmpty() || absent.peek().slab == claimed.getFirst().slab)) {
            claimed.add(absent.remove());
        }
        return claimed;
    }

    private void addSlab() {
        long bytes = Math.min((most - units.size()) * unitBytes(), Math.max(SLAB_BYTES, unitBytes()));
        SparseRegion slab;
        try {
            slab = SparseRegion.reserveSmallPages(budget, OWNER, bytes);
        } catch (CapacityException _) {
            // There are no addresses for it: nothing can be claimed now, and who needs a frame evicts one or is
            // refused.
            return;
        }
        slabs.add(slab);
        for (long at = 0; at < bytes; at += unitBytes()) {
            FrameUnit unit = new FrameUnit(slab, at, unitBytes(), blockSize);
            units.add(unit);
            absent.add(unit);
        }
    }

    /** Takes memory for claimed units of one slab, at least one, if the budget has it. */
    boolean tryTake(List<FrameUnit> claimed) {
        return claimed.getFirst().slab.tryTake(claimed.size() * unitBytes());
    }

    /**
     * Takes memory for a claimed unit, also if others have to give it back.
     *
     * @throws CapacityException when there is none
     */
    void take(FrameUnit claimed) {
        claimed.slab.take(unitBytes());
    }

    /** Gives the memory of units back, neighbours together. */
    void discard(List<FrameUnit> leaving) {
        List<FrameUnit> sorted = new ArrayList<>(leaving);
        sorted.sort(Comparator.comparingLong(unit -> unit.slab.address() + unit.offset));
        for (int from = 0, to; from < sorted.size(); from = to) {
            FrameUnit first = sorted.get(from);
            to = from + 1;
            while (to < sorted.size()
                    && sorted.get(to).slab == first.slab
                    && sorted.get(to).offset == first.offset + (to - from) * unitBytes()) {
                to++;
            }
            first.slab.giveBack(first.offset, (to - from) * unitBytes());
        }
    }

    /** Units that have no memory may be claimed again. */
    void putBack(List<FrameUnit> without) {
        without.forEach(absent::push);
    }

    /** Gives all memory and addresses back. */
    @Override
    public void close() {
        units.clear();
        absent.clear();
        slabs.forEach(SparseRegion::close);
        slabs.clear();
    }
}
