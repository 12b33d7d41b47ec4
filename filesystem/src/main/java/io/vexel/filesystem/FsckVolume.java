package io.vexel.filesystem;

import io.vexel.base.CorruptionException;
import io.vexel.base.Crc32c;
import io.vexel.device.BlockDevice;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The blocks of a volume as its newest commit left them: from the journal where it has them, else from the device, each verified
 * against its parent. A table block that is damaged is reported once; what it would have told is unknown then.
 */
final class FsckVolume {

    private static final int CACHED_TABLE_BLOCKS = 256;

    final BlockDevice device;
    final Geometry geometry;
    final FsckFindings findings;
    private final FsckJournal.Replayed journal;
    private final Map<Long, Optional<MemorySegment>> tables;

    FsckVolume(BlockDevice device, Geometry geometry, FsckFindings findings, FsckJournal.Replayed journal) {
        this.device = device;
        this.geometry = geometry;
        this.findings = findings;
        this.journal = journal;
        this.tables = new LinkedHashMap<>(64, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Long, Optional<MemorySegment>> eldest) {
                return size() > CACHED_TABLE_BLOCKS;
            }
        };
    }

    /** True when the newest contents of the block are in the journal. */
    boolean inJournal(long block) {
        return journal.overlay().containsKey(block);
    }

    long stateGeneration() {
        return journal.stateGeneration();
    }

    /** The block's bytes, unverified. */
    MemorySegment raw(long block) {
        byte[] image = journal.overlay().get(block);
        if (image != null) {
            return MemorySegment.ofArray(image);
        }
        MemorySegment bytes = MemorySegment.ofArray(new byte[geometry.blockSize]);
        device.read(geometry.offset(block), bytes);
        return bytes;
    }

    /** The 32-bit generation that the generation table states for a check table block; empty when it is unknown. */
    Optional<Integer> checkGeneration(long checkBlock) {
        return generationTable(geometry.generationBlock(checkBlock))
                .map(bytes -> bytes.get(Layouts.U32, geometry.generationOffset(checkBlock)));
    }

    /** A generation table block, zeros when it was never written; empty when it is damaged. */
    Optional<MemorySegment> generationTable(long block) {
        return table(block, () -> {
            MemorySegment root = raw(geometry.rootBlock(block));
            // An invalid root table block counts as never written; the digest has told already.
            boolean written = BlockHeader.isSealed(
                    root, BlockHeader.Type.ROOT_TABLE, geometry.rootBlock(block), geometry.volumeKey);
            int expected = written ? root.get(Layouts.U32, geometry.rootOffset(block)) : 0;
            return sealed(block, BlockHeader.Type.GENERATION_TABLE, expected);
        });
    }

    /** A check table block, zeros when it was never written; empty when it is damaged. */
    Optional<MemorySegment> checkTable(long block) {
        return table(
                block,
                () -> checkGeneration(block)
                        .flatMap(expected -> sealed(block, BlockHeader.Type.CHECK_TABLE, expected)));
    }

    private interface Loader {
        Optional<MemorySegment> load();
    }

    private Optional<MemorySegment> table(long block, Loader loader) {
        Optional<MemorySegment> known = tables.get(block);
        if (known == null) {
            known = loader.load();
            tables.put(block, known);
        }
        return known;
    }

    private Optional<MemorySegment> sealed(long block, BlockHeader.Type type, int expected) {
        if (expected == 0) {
            return Optional.of(MemorySegment.ofArray(new byte[geometry.blockSize]));
        }
        String name = type.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
        MemorySegment bytes;
        try {
            bytes = raw(block);
        } catch (io.vexel.base.DeviceException e) {
            findings.atBlock(block, "the " + name + " block cannot be read: " + e.getMessage());
            return Optional.empty();
        }
        if (!BlockHeader.isSealed(bytes, type, block, geometry.volumeKey)) {
            findings.atBlock(block, "the " + name + " block is damaged");
            return Optional.empty();
        }
        long generation = BlockHeader.generation(bytes);
        if (Geometry.shortGeneration(generation) != expected) {
            findings.atBlock(
                    block,
                    "the " + name + " block is not the one written last: generation " + generation + ", expected "
                            + Integer.toUnsignedString(expected));
            return Optional.empty();
        }
        return Optional.of(bytes);
    }

    /** The check entry of a block, crc in the low half; empty when its table block is damaged. */
    Optional<Long> checkEntry(long block) {
        return checkTable(geometry.checkBlock(block)).map(table -> table.get(Layouts.U64, geometry.checkOffset(block)));
    }

    /** True when the bytes are those that the entry was made for. */
    boolean matches(long block, long entry, MemorySegment bytes) {
        return Crc32c.of(geometry.volumeKey ^ block, entry >>> Integer.SIZE, bytes) == (int) entry;
    }

    /**
     * The contents of a block that has a check entry.
     *
     * @throws CorruptionException when they are not what was written
     * @throws io.vexel.base.DeviceException when they cannot be read
     */
    MemorySegment covered(long block) {
        if (block < 0 || block >= geometry.totalBlocks) {
            throw new CorruptionException(block, "a pointer leads out of the volume");
        }
        long entry = checkEntry(block).orElseThrow(() -> new CorruptionException(block, "the checksum is unknown"));
        if (entry == 0) {
            return MemorySegment.ofArray(new byte[geometry.blockSize]);
        }
        MemorySegment bytes = raw(block);
        if (!matches(block, entry, bytes)) {
            throw new CorruptionException(block, "the checksum does not match");
        }
        return bytes;
    }
}
