package io.vexel.filesystem;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/**
 * The point in time of a mount that nobody changes: blocks are where they were when it was opened, and those that the journal brought back in memory,
 * where they stay.
 */
final class ReplayedPoint implements PointInTime {

    private final BlockStore store;
    private final Map<Long, Frame> replayed = new HashMap<>();

    ReplayedPoint(BlockStore store) {
        this.store = store;
        store.cache.journaled().forEach(frame -> replayed.put(frame.block, frame));
    }

    @Override
    public long commit() {
        return store.running().number - 1;
    }

    @Override
    public void read(long block, MemorySegment target) {
        store.device.read(store.geometry.offset(block), target);
        int blockSize = store.geometry.blockSize;
        for (long at = 0; at < target.byteSize(); at += blockSize) {
            Frame frame = replayed.get(block + at / blockSize);
            if (frame != null) {
                target.asSlice(at, blockSize).copyFrom(frame.data);
            }
        }
    }

    @Override
    public long preservedBytes() {
        return 0;
    }

    @Override
    public void close() {
        // The frames are the cache's.
    }
}
