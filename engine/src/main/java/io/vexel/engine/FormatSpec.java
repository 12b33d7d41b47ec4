package io.vexel.engine;

import io.vexel.base.Bytes;
import io.vexel.base.Checks;
import io.vexel.distance.ElementType;

/**
 * How a volume is made. Immutable.
 *
 * @param bytes size of the volume; 0: that of what stands there. A raw device is formatted whole, so it takes 0 or its own size
 * @param label name of the volume, at most 64 UTF-8 bytes, may be empty
 * @param blockBytes bytes of a block, a power of two, 1024..65536
 * @param bytesPerInode one inode for so many bytes of the volume, at least 1024
 * @param journalBlocks blocks of the journal; 0: by the size of the volume
 * @param defaultDimension dimension that the command offers for new collections, 0..4096; 0: none
 * @param overwrite true when an image, or something else, that stands there may be given up
 */
public record FormatSpec(
        long bytes,
        String label,
        int blockBytes,
        int bytesPerInode,
        long journalBlocks,
        int defaultDimension,
        boolean overwrite) {

    /** Smallest volume. */
    public static final long MIN_BYTES = 17 * Bytes.MIB;

    /** Largest volume. */
    public static final long MAX_BYTES = 16 * Bytes.TIB;

    public FormatSpec {
        if (bytes != 0) {
            Checks.inRange("bytes", bytes, MIN_BYTES, MAX_BYTES);
        }
        Checks.powerOfTwo("blockBytes", blockBytes, 1024, 65536);
        Checks.inRange("bytesPerInode", bytesPerInode, 1024, 1 << 30);
        Checks.inRange("journalBlocks", journalBlocks, 0, Integer.MAX_VALUE);
        Checks.inRange("defaultDimension", defaultDimension, 0, ElementType.MAX_DIMENSION);
    }

    /** A volume of that many bytes with 4 KiB blocks and everything else by default. */
    public static FormatSpec ofBytes(long bytes) {
        return builder().bytes(bytes).build();
    }

    /** Starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects the parts. */
    public static final class Builder {

        private long bytes;
        private String label = "";
        private int blockBytes = 4096;
        private int bytesPerInode = 16384;
        private long journalBlocks;
        private int defaultDimension;
        private boolean overwrite;

        private Builder() {}

        /** Size of the volume, {@link #MIN_BYTES}..{@link #MAX_BYTES}; an image file is sparse. */
        public Builder bytes(long size) {
            bytes = size;
            return this;
        }

        /** Name of the volume. */
        public Builder label(String text) {
            label = text;
            return this;
        }

        /** Bytes of a block. */
        public Builder blockBytes(int size) {
            blockBytes = size;
            return this;
        }

        /** One inode for so many bytes. */
        public Builder bytesPerInode(int ratio) {
            bytesPerInode = ratio;
            return this;
        }

        /** Blocks of the journal. */
        public Builder journalBlocks(long blocks) {
            journalBlocks = blocks;
            return this;
        }

        /** Dimension that the command offers for new collections. */
        public Builder defaultDimension(int dimension) {
            defaultDimension = dimension;
            return this;
        }

        /** What stands there may be given up. */
        public Builder overwrite() {
            overwrite = true;
            return this;
        }

        /** @throws IllegalArgumentException when a part is out of its range */
        public FormatSpec build() {
            return new FormatSpec(bytes, label, blockBytes, bytesPerInode, journalBlocks, defaultDimension, overwrite);
        }
    }
}
