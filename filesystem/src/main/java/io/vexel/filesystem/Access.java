package io.vexel.filesystem;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** The blocks that one operation uses: pinned when first used, released together at its end. For one thread. */
final class Access implements AutoCloseable {

    private final BlockStore store;
    private final Map<Long, Frame> pinned = new HashMap<>();

    Access(BlockStore store) {
        this.store = store;
    }

    Frame frame(long block) {
        Frame frame = pinned.get(block);
        if (frame == null) {
            frame = store.pin(block);
            pinned.put(block, frame);
        }
        return frame;
    }

    /** Has blocks ready that will be asked for; those that are not in memory are read together. */
    void bringIn(long[] blocks, int count) {
        for (int from = 0; from < count; from += store.cache.mostTogether()) {
            int to = Math.min(count, from + store.cache.mostTogether());
            store.cache.pinMany(Arrays.copyOfRange(blocks, from, to), to - from, this::keep);
        }
    }

    private void keep(Frame frame) {
        if (pinned.putIfAbsent(frame.block, frame) != null) {
            store.unpin(frame);
        }
    }

    /** The block's bytes, not to be written. */
    MemorySegment read(long block) {
        return frame(block).data;
    }

    /** The block's bytes, to be changed as part of the running transaction. */
    MemorySegment modify(long block) {
        Frame frame = frame(block);
        store.enlist(this, frame);
        return frame.data;
    }

    @Override
    public void close() {
        pinned.values().forEach(store::unpin);
        pinned.clear();
    }
}
