package io.vexel.collection.store;

import io.vexel.base.Bytes;
import io.vexel.filesystem.FileSystem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Where on the volume dead rows of a collection take space. Looks at rows below a row count and asks the file system what lies in blocks. */
final class DeadSpace {

    /** Fewer bytes that come back are not worth a hole in a file. */
    private static final long SMALLEST_HOLE = 32 << 10;

    /** A block of rows is worth emptying when one of so many bytes that it takes would come back. */
    private static final long WORTH_SHARE = 16;

    private final FileSystem files;
    private final CollectionFiles names;
    private final RowTable rows;
    private final int rowBytes;
    private final int rowCount;

    /** @param rowCount rows of a published state */
    DeadSpace(FileSystem files, CollectionFiles names, RowTable rows, int rowBytes, int rowCount) {
        this.files = files;
        this.names = names;
        this.rows = rows;
        this.rowBytes = rowBytes;
        this.rowCount = rowCount;
    }

    /**
     * A block of rows in which live and dead are mixed.
     *
     * @param number the block's
     * @param liveRows rows that would have to be put again
     * @param liveBytes their vectors and payloads
     * @param wasteBytes what else the block takes
     */
    record MixedBlock(int number, int liveRows, long liveBytes, long wasteBytes) {

        double share() {
            return wasteBytes / (double) (liveBytes + wasteBytes);
        }
    }

    /** Bytes of vectors and payloads that lie in blocks of the volume. */
    static long takenBytes(FileSystem files, CollectionFiles names) {
        return takenBytes(files, names.vectors()) + takenBytes(files, names.payloads());
    }

    /** Bytes of a file that lie in blocks of the volume. */
    static long takenBytes(FileSystem files, long inode) {
        return files.allocatedBytes(inode, 0, files.stat(inode).size());
    }

    /** Bytes of these ranges that lie in blocks of the volume. */
    static long takenBytes(FileSystem files, List<FileRange> ranges) {
        return ranges.stream()
                .mapToLong(range -> files.allocatedBytes(range.inode(), range.offset(), range.length()))
                .sum();
    }

    /**
     * The ranges of whole blocks in rows that died at the version or before, where a hole gives enough back. Parts of them may be holes already: rows that
     * die beside a hole are in one range with those before.
     */
    List<FileRange> holes(int version) {
        List<FileRange> holes = new ArrayList<>();
        long payloadEnd = 0;
        int row = 0;
        while (row < rowCount) {
            int first = row;
            long payloads = payloadEnd;
            while (row < rowCount && rows.isDeadAt(row, version)) {
                payloadEnd = Math.max(payloadEnd, rows.payloadEnd(row));
                row += rows.isForgotten(row) ? RowTable.BLOCK_ROWS : 1;
            }
            if (row > first) {
                addHole(holes, names.vectors(), (long) first * rowBytes, (long) row * rowBytes);
                addHole(holes, names.payloads(), payloads, payloadEnd);
            } else {
                payloadEnd = Math.max(payloadEnd, rows.payloadEnd(row));
                row++;
            }
        }
        return holes;
    }

    private void addHole(List<FileRange> holes, long inode, long from, long to) {
        int blockBytes = files.info().blockSize();
        long first = Bytes.roundUp(from, blockBytes);
        long length = Bytes.roundDown(to, blockBytes) - first;
        if (length >= SMALLEST_HOLE && files.allocatedBytes(inode, first, length) >= SMALLEST_HOLE) {
            holes.add(new FileRange(inode, first, length));
        }
    }

    /** The blocks of rows that are worth emptying, those first of which the largest share comes back. */
    List<MixedBlock> mixedBlocks() {
        List<MixedBlock> blocks = new ArrayList<>();
        long payloadEnd = 0;
        for (int block = 0; block < rowCount / RowTable.BLOCK_ROWS; block++) {
            int first = block * RowTable.BLOCK_ROWS;
            if (rows.isForgotten(first)) {
                payloadEnd = Math.max(payloadEnd, rows.payloadEnd(first));
                continue;
            }
            long payloads = payloadEnd;
            int live = 0;
            long liveBytes = 0;
            for (int row = first; row < first + RowTable.BLOCK_ROWS; row++) {
                payloadEnd = Math.max(payloadEnd, rows.payloadEnd(row));
                if (rows.isAlive(row)) {
                    live++;
                    liveBytes += rowBytes + rows.payloadLength(row);
                }
            }
            if (live > 0 && live < RowTable.BLOCK_ROWS) {
                long taken = files.allocatedBytes(
                                names.vectors(), (long) first * rowBytes, (long) RowTable.BLOCK_ROWS * rowBytes)
                        + files.allocatedBytes(names.payloads(), payloads, payloadEnd - payloads);
                if ((taken - liveBytes) * WORTH_SHARE >= taken) {
                    blocks.add(new MixedBlock(block, live, liveBytes, taken - liveBytes));
                }
            }
        }
        blocks.sort(Comparator.comparingDouble(MixedBlock::share).reversed());
        return blocks;
    }
}
