package io.vexel.paging.space;

import io.vexel.base.Uninterruptibles;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/** Buffers through which several pages are read or written at once. A thread takes one and no more, with no lock held. */
final class Lanes implements AutoCloseable {

    private static final int LANES = 2;

    private final List<Region> all = new ArrayList<>();
    private final BlockingQueue<Region> idle = new ArrayBlockingQueue<>(LANES);

    /** @param bytes of each */
    Lanes(MemoryBudget budget, long bytes) {
        try {
            for (int i = 0; i < LANES; i++) {
                Region lane = Region.allocate(budget, "page lanes", bytes);
                all.add(lane);
                idle.add(lane);
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    Region take() {
        return Uninterruptibles.take(idle);
    }

    void giveBack(Region lane) {
        idle.add(lane);
    }

    /** How many are taken. */
    int taken() {
        return LANES - idle.size();
    }

    static MemorySegment pages(Region lane, int count, int pageBytes) {
        return lane.segment().asSlice(0, (long) count * pageBytes);
    }

    @Override
    public void close() {
        all.forEach(Region::close);
    }
}
