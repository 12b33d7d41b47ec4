package io.vexel.filesystem;

import io.vexel.base.Crc32c;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The static facts of a volume, FORMAT.md section 4.
 *
 * @param seedHigh first word of the name hash seed
 * @param seedLow second word of the name hash seed
 * @param journalUnit bytes that a journal record is a multiple of
 * @param regions where everything lies
 */
record Superblock(
        long compatibleFeatures,
        long readOnlyFeatures,
        long incompatibleFeatures,
        UUID uuid,
        long createdMillis,
        int blockSize,
        long totalBlocks,
        int inodesPerGroup,
        long seedHigh,
        long seedLow,
        int defaultDimension,
        int journalUnit,
        Regions regions,
        String label) {

    static final int BYTES = 4096;
    static final long MAGIC = 0x0053465845560A0DL;
    static final int VERSION = 1;
    static final int INODE_BYTES = 256;
    static final int GROUP_BLOCKS = 32_768;
    static final int MIN_BLOCK_SIZE = 1 << 10;
    static final int MAX_BLOCK_SIZE = 1 << 16;
    static final int LABEL_BYTES = 64;

    static final int MAGIC_AT = 0;
    static final int CRC_AT = 8;
    static final int VERSION_AT = 12;
    static final int COMPATIBLE_AT = 16;
    static final int READ_ONLY_AT = 24;
    static final int INCOMPATIBLE_AT = 32;
    static final int UUID_HIGH_AT = 40;
    static final int UUID_LOW_AT = 48;
    static final int CREATED_AT = 56;
    static final int BLOCK_SIZE_AT = 64;
    static final int INODE_BYTES_AT = 68;
    static final int TOTAL_BLOCKS_AT = 72;
    static final int GROUPS_AT = 80;
    static final int GROUP_BLOCKS_AT = 88;
    static final int INODES_PER_GROUP_AT = 92;
    static final int SEED_HIGH_AT = 96;
    static final int SEED_LOW_AT = 104;
    static final int DIMENSION_AT = 112;
    static final int JOURNAL_UNIT_AT = 116;
    static final int REGIONS_AT = 120;
    static final int COPY_OFFSET_AT = 280;
    static final int LABEL_AT = 296;

    /** Incompatible feature: the journal has DELTA entries. */
    static final long FEATURE_JOURNAL_DELTA = 1;

    /** Incompatible features that this program knows. */
    static final long KNOWN_INCOMPATIBLE = FEATURE_JOURNAL_DELTA;

    /** Read-only compatible features that this program knows. */
    static final long KNOWN_READ_ONLY = 0;

    /** The regions in the order of the format. */
    record Regions(
            Span state,
            Span journal,
            Span groupTable,
            Span rootTable,
            Span generationTable,
            Span blockBitmaps,
            Span inodeBitmaps,
            Span checkTable,
            Span inodeTables,
            Span vectorArea) {

        List<Span> inOrder() {
            return List.of(
                    state,
                    journal,
                    groupTable,
                    rootTable,
                    generationTable,
                    blockBitmaps,
                    inodeBitmaps,
                    checkTable,
                    inodeTables,
                    vectorArea);
        }
    }

    /** Binds checksums to the volume. */
    long volumeKey() {
        return Layouts.mix64(uuid.getMostSignificantBits()
                ^ Layouts.mix64(uuid.getLeastSignificantBits() ^ Layouts.mix64(createdMillis)));
    }

    long groups() {
        return Math.ceilDiv(totalBlocks, GROUP_BLOCKS);
    }

    /** Blocks that a copy of the superblock takes. */
    int copyBlocks() {
        return Math.max(1, BYTES / blockSize);
    }

    /** Writes the copy that lies at the byte offset of the device. */
    void encode(MemorySegment target, long copyOffset) {
        target.asSlice(0, BYTES).fill((byte) 0);
        target.set(Layouts.U64, MAGIC_AT, MAGIC);
        target.set(Layouts.U32, VERSION_AT, VERSION);
        target.set(Layouts.U64, COMPATIBLE_AT, compatibleFeatures);
        target.set(Layouts.U64, READ_ONLY_AT, readOnlyFeatures);
        target.set(Layouts.U64, INCOMPATIBLE_AT, incompatibleFeatures);
        target.set(Layouts.U64, UUID_HIGH_AT, uuid.getMostSignificantBits());
        target.set(Layouts.U64, UUID_LOW_AT, uuid.getLeastSignificantBits());
        target.set(Layouts.U64, CREATED_AT, createdMillis);
        target.set(Layouts.U32, BLOCK_SIZE_AT, blockSize);
        target.set(Layouts.U32, INODE_BYTES_AT, INODE_BYTES);
        target.set(Layouts.U64, TOTAL_BLOCKS_AT, totalBlocks);
        target.set(Layouts.U64, GROUPS_AT, groups());
        target.set(Layouts.U32, GROUP_BLOCKS_AT, GROUP_BLOCKS);
        target.set(Layouts.U32, INODES_PER_GROUP_AT, inodesPerGroup);
        target.set(Layouts.U64, SEED_HIGH_AT, seedHigh);
        target.set(Layouts.U64, SEED_LOW_AT, seedLow);
        target.set(Layouts.U32, DIMENSION_AT, defaultDimension);
        target.set(Layouts.U32, JOURNAL_UNIT_AT, journalUnit);
        int at = REGIONS_AT;
        for (Span region : regions.inOrder()) {
            target.set(Layouts.U64, at, region.start());
            target.set(Layouts.U64, at + 8, region.blocks());
            at += 16;
        }
        target.set(Layouts.U64, COPY_OFFSET_AT, copyOffset);
        byte[] text = label.getBytes(StandardCharsets.UTF_8);
        MemorySegment.copy(text, 0, target, Layouts.U8, LABEL_AT, text.length);
        target.set(Layouts.U32, CRC_AT, Crc32c.of(target.asSlice(0, BYTES)));
    }

    /** The superblock in the bytes, or nothing when magic, checksum or the copy's offset are not right. */
    static Optional<Superblock> decode(MemorySegment source, long copyOffset) {
        if (source.get(Layouts.U64, MAGIC_AT) != MAGIC || source.get(Layouts.U64, COPY_OFFSET_AT) != copyOffset) {
            return Optional.empty();
        }
        int stored = source.get(Layouts.U32, CRC_AT);
        MemorySegment bytes = source.asSlice(0, BYTES);
        bytes.set(Layouts.U32, CRC_AT, 0);
        int computed = Crc32c.of(bytes);
        bytes.set(Layouts.U32, CRC_AT, stored);
        return stored == computed ? Optional.of(decodeChecked(bytes)) : Optional.empty();
    }

    /** The format version that the bytes state, whatever it is. */
    static int version(MemorySegment source) {
        return source.get(Layouts.U32, VERSION_AT);
    }

    private static Superblock decodeChecked(MemorySegment source) {
        return new Superblock(
                source.get(Layouts.U64, COMPATIBLE_AT),
                source.get(Layouts.U64, READ_ONLY_AT),
                source.get(Layouts.U64, INCOMPATIBLE_AT),
                new UUID(source.get(Layouts.U64, UUID_HIGH_AT), source.get(Layouts.U64, UUID_LOW_AT)),
                source.get(Layouts.U64, CREATED_AT),
                source.get(Layouts.U32, BLOCK_SIZE_AT),
                source.get(Layouts.U64, TOTAL_BLOCKS_AT),
                source.get(Layouts.U32, INODES_PER_GROUP_AT),
                source.get(Layouts.U64, SEED_HIGH_AT),
                source.get(Layouts.U64, SEED_LOW_AT),
                source.get(Layouts.U32, DIMENSION_AT),
                source.get(Layouts.U32, JOURNAL_UNIT_AT),
                decodeRegions(source),
                decodeLabel(source));
    }

    private static Regions decodeRegions(MemorySegment source) {
        Span[] spans = new Span[10];
        for (int i = 0; i < spans.length; i++) {
            long at = REGIONS_AT + 16L * i;
            spans[i] = new Span(source.get(Layouts.U64, at), source.get(Layouts.U64, at + 8));
        }
        return new Regions(
                spans[0], spans[1], spans[2], spans[3], spans[4], spans[5], spans[6], spans[7], spans[8], spans[9]);
    }

    private static String decodeLabel(MemorySegment source) {
        byte[] text = source.asSlice(LABEL_AT, LABEL_BYTES).toArray(Layouts.U8);
        int length = 0;
        while (length < text.length && text[length] != 0) {
            length++;
        }
        return new String(text, 0, length, StandardCharsets.UTF_8);
    }
}
