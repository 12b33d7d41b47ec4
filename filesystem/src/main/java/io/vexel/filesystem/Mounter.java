package io.vexel.filesystem;

import io.vexel.base.CorruptionException;
import io.vexel.device.BlockDevice;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Brings a volume's newest committed state into memory: replays the journal into the cache, loads and verifies the top of the chain
 * of trust. Writes nothing.
 */
final class Mounter implements JournalReader.Overlay {

    private static final long CHUNK_BYTES = 1 << 20;

    private final BlockDevice device;
    private final Geometry geometry;
    private final BlockStore store;
    private final MemoryBudget budget;
    private final Map<Long, Frame> overlay = new HashMap<>();

    private Mounter(BlockStore store, MemoryBudget budget) {
        this.device = store.device;
        this.geometry = store.geometry;
        this.store = store;
        this.budget = budget;
    }

    /** Returns where the journal ended; the store is ready for use afterwards. */
    static JournalReader.End mount(BlockStore store, MemoryBudget budget) {
        return new Mounter(store, budget).run();
    }

    private JournalReader.End run() {
        JournalReader.End end;
        try (JournalReader reader = new JournalReader(device, geometry, budget)) {
            end = reader.replay(this);
        }
        Frame state = state(end);
        loadTop(geometry.regions.groupTable(), BlockHeader.Type.GROUP_TABLE);
        loadTop(geometry.regions.rootTable(), BlockHeader.Type.ROOT_TABLE);
        requireDigest(state);
        long commit = state.data.get(Layouts.U64, StateLayout.COMMIT_AT);
        if (commit + 1 != end.nextSequence()) {
            throw new CorruptionException(
                    store.stateBlock(),
                    "state has commit " + commit + ", the journal ends before " + end.nextSequence());
        }
        overlay.values().forEach(store::unpin);
        store.startAt(commit + 1);
        return end;
    }

    @Override
    public MemorySegment image(long block) {
        Frame frame = overlay.get(block);
        if (frame == null) {
            frame = store.cache.adopt(block);
            store.cache.setJournaled(frame, true);
            overlay.put(block, frame);
        }
        return frame.data;
    }

    @Override
    public boolean contains(long block) {
        return overlay.containsKey(block);
    }

    private Frame state(JournalReader.End end) {
        long block = store.stateBlock();
        Frame frame = overlay.get(block);
        if (frame == null) {
            frame = store.cache.adopt(block);
            device.read(geometry.offset(block), frame.data);
            overlay.put(block, frame);
            long expected = end.slot().stateGeneration();
            if (BlockHeader.generation(frame.data) != expected) {
                throw new CorruptionException(
                        block, "state has generation " + BlockHeader.generation(frame.data) + ", expected " + expected);
            }
        }
        if (!BlockHeader.isSealed(frame.data, BlockHeader.Type.STATE, block, geometry.volumeKey)) {
            throw new CorruptionException(block, "damaged state block");
        }
        frame.permanent = true;
        return frame;
    }

    private void loadTop(Span region, BlockHeader.Type type) {
        long chunk = Math.min(region.blocks(), Math.max(1, CHUNK_BYTES / geometry.blockSize));
        try (Region buffer = Region.allocate(budget, "filesystem mount", chunk * geometry.blockSize)) {
            for (long start = region.start(); start < region.end(); start += chunk) {
                long blocks = Math.min(chunk, region.end() - start);
                MemorySegment bytes = buffer.segment().asSlice(0, blocks * geometry.blockSize);
                device.read(geometry.offset(start), bytes);
                for (long i = 0; i < blocks; i++) {
                    adoptTop(start + i, type, bytes.asSlice(i * geometry.blockSize, geometry.blockSize));
                }
            }
        }
    }

    private void adoptTop(long block, BlockHeader.Type type, MemorySegment home) {
        Frame frame = overlay.get(block);
        if (frame == null) {
            frame = store.cache.adopt(block);
            overlay.put(block, frame);
            if (BlockHeader.isSealed(home, type, block, geometry.volumeKey)) {
                frame.data.copyFrom(home);
            } else {
                BlockHeader.initialise(frame.data, type, block, 0);
            }
        }
        frame.permanent = true;
    }

    private void requireDigest(Frame state) {
        long digest = 0;
        for (Span region : List.of(geometry.regions.groupTable(), geometry.regions.rootTable())) {
            for (long block = region.start(); block < region.end(); block++) {
                Frame frame = overlay.get(block);
                if (frame != null) {
                    digest += Geometry.digestTerm(block, BlockHeader.generation(frame.data));
                }
            }
        }
        if (digest != state.data.get(Layouts.U64, StateLayout.DIGEST_AT)) {
            throw new CorruptionException(geometry.regions.groupTable().start(), BlockStore.DIGEST_WRONG);
        }
    }
}
