package io.vexel.collection.store;

import java.util.ArrayList;
import java.util.List;

/**
 * Bytes of a file.
 *
 * @param offset first byte
 * @param length how many
 */
record FileRange(long inode, long offset, long length) {

    long end() {
        return offset + length;
    }

    /** The same ranges in lists of at most {@code mostBytes} and {@code mostRanges} each; longer ranges are cut. */
    static List<List<FileRange>> portions(List<FileRange> ranges, long mostBytes, int mostRanges) {
        List<List<FileRange>> portions = new ArrayList<>();
        List<FileRange> portion = new ArrayList<>();
        long bytes = 0;
        for (FileRange range : ranges) {
            for (long at = range.offset; at < range.end(); ) {
                if (bytes == mostBytes || portion.size() == mostRanges) {
                    portions.add(portion);
                    portion = new ArrayList<>();
                    bytes = 0;
                }
                long length = Math.min(range.end() - at, mostBytes - bytes);
                portion.add(new FileRange(range.inode, at, length));
                at += length;
                bytes += length;
            }
        }
        if (!portion.isEmpty()) {
            portions.add(portion);
        }
        return portions;
    }
}
