package io.vexel.filesystem;

import io.vexel.base.DeviceException;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Walks the check table from end to end: every entry must belong to a block that something holds, and with the whole scope every
 * block with an entry is read and compared. Neighbours are read together.
 */
final class FsckContents implements AutoCloseable {

    static final String PHASE = "checksums";

    private static final long BUFFER_BYTES = 1 << 20;
    private static final long SMALL_BUFFER_BYTES = 1 << 16;

    private final FsckVolume volume;
    private final Geometry geometry;
    private final FsckUsage usage;
    private final FsckScope scope;
    private final Region buffer;
    private long runStart;
    private int runBlocks;
    private final long[] entries;

    FsckContents(FsckVolume volume, FsckUsage usage, FsckScope scope, MemoryBudget budget) {
        this.volume = volume;
        this.geometry = volume.geometry;
        this.usage = usage;
        this.scope = scope;
        long bytes = scope == FsckScope.EVERYTHING ? BUFFER_BYTES : SMALL_BUFFER_BYTES;
        this.buffer = Region.allocate(budget, "fsck", bytes);
        this.entries = new long[(int) (bytes / geometry.blockSize)];
    }

    void check(FsckProgress progress) {
        Span tables = geometry.regions.checkTable();
        int perTable = Geometry.perBlock(geometry.blockSize, Geometry.GENERATION_ENTRY_BYTES);
        for (long first = tables.start(); first < tables.end(); first += perTable) {
            progress.report(PHASE, first - tables.start(), tables.blocks());
            Optional<MemorySegment> generations = volume.generationTable(geometry.generationBlock(first));
            for (long table = first; table < Math.min(first + perTable, tables.end()); table++) {
                int offset = geometry.generationOffset(table);
                if (generations.isPresent() && generations.get().get(Layouts.U32, offset) != 0) {
                    checkTable(table);
                }
            }
        }
        finishRun();
        progress.report(PHASE, tables.blocks(), tables.blocks());
    }

    private void checkTable(long table) {
        Optional<MemorySegment> bytes = volume.checkTable(table);
        if (bytes.isEmpty()) {
            return;
        }
        int perBlock = Geometry.perBlock(geometry.blockSize, Geometry.CHECK_ENTRY_BYTES);
        long first = (table - geometry.regions.checkTable().start()) * perBlock;
        for (int i = 0; i < perBlock; i++) {
            long entry = bytes.get().get(Layouts.U64, BlockHeader.BYTES + (long) i * Geometry.CHECK_ENTRY_BYTES);
            if (entry != 0) {
                checkEntry(first + i, entry);
            }
        }
    }

    private void checkEntry(long block, long entry) {
        if (block >= geometry.totalBlocks || !geometry.covered(block)) {
            volume.findings.atBlock(block, "a check entry stands for a block that has none");
            return;
        }
        if (entry >>> Integer.SIZE == 0) {
            volume.findings.atBlock(block, "a check entry has the generation 0");
        }
        boolean file = block >= geometry.metadataEnd;
        if (file && !usage.contains(block)) {
            volume.findings.atBlock(block, "a check entry stands for a block that nothing holds");
        }
        if (scope == FsckScope.METADATA && file) {
            return;
        }
        if (volume.inJournal(block)) {
            compare(block, entry, volume.raw(block));
            return;
        }
        if (runBlocks == entries.length || (runBlocks > 0 && block != runStart + runBlocks)) {
            finishRun();
        }
        runStart = runBlocks == 0 ? block : runStart;
        entries[runBlocks++] = entry;
    }

    private void finishRun() {
        if (runBlocks == 0) {
            return;
        }
        MemorySegment bytes = buffer.segment().asSlice(0, (long) runBlocks * geometry.blockSize);
        try {
            volume.device.read(geometry.offset(runStart), bytes);
            for (int i = 0; i < runBlocks; i++) {
                compare(runStart + i, entries[i], bytes.asSlice((long) i * geometry.blockSize, geometry.blockSize));
            }
        } catch (DeviceException e) {
            readSingly();
        }
        runBlocks = 0;
    }

    /** One bad sector must not hide its neighbours. */
    private void readSingly() {
        for (int i = 0; i < runBlocks; i++) {
            MemorySegment bytes = buffer.segment().asSlice(0, geometry.blockSize);
            try {
                volume.device.read(geometry.offset(runStart + i), bytes);
                compare(runStart + i, entries[i], bytes);
            } catch (DeviceException e) {
                volume.findings.atBlock(runStart + i, "the block cannot be read: " + e.getMessage());
            }
        }
    }

    private void compare(long block, long entry, MemorySegment bytes) {
        if (!volume.matches(block, entry, bytes)) {
            volume.findings.atBlock(block, "the checksum of the block does not match");
        }
    }

    @Override
    public void close() {
        buffer.close();
    }
}
