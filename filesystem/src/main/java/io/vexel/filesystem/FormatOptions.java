package io.vexel.filesystem;

import io.vexel.base.Checks;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * How to format a volume. Immutable; start from {@link #defaults} and change what differs.
 *
 * @param label 0..64 UTF-8 bytes
 * @param blockSize bytes, a power of two from 1024 to 65536
 * @param inodeRatio bytes of volume per inode, at least 1024
 * @param journalBlocks empty for 32,768 or, on smaller volumes, 1/32 of the volume
 * @param vectorBlocks empty for 131,072 or, on smaller volumes, 1/4 of the volume
 * @param defaultDimension 1..4096, or 0 for none
 * @param uuid identity of the volume; must be fresh
 * @param seedHigh first word of the seed of the name hash
 * @param seedLow second word of the seed of the name hash
 * @param force formats also a device that holds another file system or a volume
 */
public record FormatOptions(
        String label,
        int blockSize,
        long inodeRatio,
        OptionalLong journalBlocks,
        OptionalLong vectorBlocks,
        int defaultDimension,
        UUID uuid,
        long seedHigh,
        long seedLow,
        boolean force) {

    /** Bytes of a label at most. */
    public static final int MAX_LABEL_BYTES = Superblock.LABEL_BYTES;

    private static final int DEFAULT_BLOCK_SIZE = 4096;
    private static final int DEFAULT_INODE_RATIO = 16_384;
    private static final int MIN_INODE_RATIO = 1024;
    private static final int MAX_DIMENSION = 4096;
    private static final long MAX_REGION_BLOCKS = 1L << 34;

    /** @throws IllegalArgumentException naming the value that is out of range */
    public FormatOptions {
        int labelBytes = label.getBytes(StandardCharsets.UTF_8).length;
        Checks.argument(
                labelBytes <= MAX_LABEL_BYTES && label.indexOf('\0') < 0,
                "label=" + label + ", allowed: at most " + MAX_LABEL_BYTES + " UTF-8 bytes without NUL, has bytes="
                        + labelBytes);
        Checks.powerOfTwo("blockSize", blockSize, Superblock.MIN_BLOCK_SIZE, Superblock.MAX_BLOCK_SIZE);
        Checks.inRange("inodeRatio", inodeRatio, MIN_INODE_RATIO, 1L << 40);
        journalBlocks.ifPresent(blocks -> Checks.inRange("journalBlocks", blocks, 64, MAX_REGION_BLOCKS));
        vectorBlocks.ifPresent(blocks -> Checks.inRange("vectorBlocks", blocks, 0, MAX_REGION_BLOCKS));
        Checks.inRange("defaultDimension", defaultDimension, 0, MAX_DIMENSION);
    }

    /** 4 KiB blocks, one inode per 16 KiB, no label, a random identity. */
    public static FormatOptions defaults() {
        SecureRandom random = new SecureRandom();
        return new FormatOptions(
                "",
                DEFAULT_BLOCK_SIZE,
                DEFAULT_INODE_RATIO,
                OptionalLong.empty(),
                OptionalLong.empty(),
                0,
                UUID.randomUUID(),
                random.nextLong(),
                random.nextLong(),
                false);
    }

    public FormatOptions withLabel(String value) {
        return new FormatOptions(
                value,
                blockSize,
                inodeRatio,
                journalBlocks,
                vectorBlocks,
                defaultDimension,
                uuid,
                seedHigh,
                seedLow,
                force);
    }

    public FormatOptions withBlockSize(int value) {
        return new FormatOptions(
                label,
                value,
                inodeRatio,
                journalBlocks,
                vectorBlocks,
                defaultDimension,
                uuid,
                seedHigh,
                seedLow,
                force);
    }

    public FormatOptions withInodeRatio(long value) {
        return new FormatOptions(
                label, blockSize, value, journalBlocks, vectorBlocks, defaultDimension, uuid, seedHigh, seedLow, force);
    }

    public FormatOptions withJournalBlocks(long value) {
        return new FormatOptions(
                label,
                blockSize,
                inodeRatio,
                OptionalLong.of(value),
                vectorBlocks,
                defaultDimension,
                uuid,
                seedHigh,
                seedLow,
                force);
    }

    public FormatOptions withVectorBlocks(long value) {
        return new FormatOptions(
                label,
                blockSize,
                inodeRatio,
                journalBlocks,
                OptionalLong.of(value),
                defaultDimension,
                uuid,
                seedHigh,
                seedLow,
                force);
    }

    public FormatOptions withDefaultDimension(int value) {
        return new FormatOptions(
                label, blockSize, inodeRatio, journalBlocks, vectorBlocks, value, uuid, seedHigh, seedLow, force);
    }

    /** Fixes everything that would be random, for repeatable tests. */
    public FormatOptions withIdentity(UUID identity, long seed) {
        return new FormatOptions(
                label,
                blockSize,
                inodeRatio,
                journalBlocks,
                vectorBlocks,
                defaultDimension,
                identity,
                Layouts.mix64(seed),
                Layouts.mix64(seed + 1),
                force);
    }

    /** Formats whatever the device holds now. */
    public FormatOptions withForce() {
        return new FormatOptions(
                label,
                blockSize,
                inodeRatio,
                journalBlocks,
                vectorBlocks,
                defaultDimension,
                uuid,
                seedHigh,
                seedLow,
                true);
    }
}
