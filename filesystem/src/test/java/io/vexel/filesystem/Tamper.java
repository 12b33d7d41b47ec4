package io.vexel.filesystem;

import io.vexel.base.Crc32c;
import io.vexel.testkit.DiskImage;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Changes a medium behind the file system's back. {@link #change} makes the checksums right again, so that only the meaning of the
 * bytes is wrong. The journal must be empty.
 */
final class Tamper {

    final DiskImage image;
    final Geometry geometry;

    Tamper(DiskImage image) {
        this.image = image;
        MemorySegment head = MemorySegment.ofArray(image.bytes(0, Superblock.BYTES));
        this.geometry = new Geometry(Superblock.decode(head, 0).orElseThrow());
    }

    byte[] bytes(long block) {
        return image.bytes(geometry.offset(block), geometry.blockSize);
    }

    MemorySegment read(long block) {
        return MemorySegment.ofArray(bytes(block));
    }

    void put(long block, byte[] bytes) {
        image.put(geometry.offset(block), bytes);
    }

    /** Changes a block and makes its checksum right. */
    void change(long block, Consumer<MemorySegment> how) {
        MemorySegment bytes = read(block);
        how.accept(bytes);
        if (geometry.covered(block)) {
            put(block, bytes.toArray(Layouts.U8));
            long generation = Math.max(1, checkEntry(block) >>> Integer.SIZE);
            int crc = Crc32c.of(geometry.volumeKey ^ block, generation, bytes);
            setCheckEntry(block, generation << Integer.SIZE | Integer.toUnsignedLong(crc));
        } else {
            BlockHeader.seal(bytes, geometry.volumeKey, BlockHeader.generation(bytes));
            put(block, bytes.toArray(Layouts.U8));
        }
    }

    long checkEntry(long block) {
        return tableWritten(geometry.checkBlock(block))
                ? read(geometry.checkBlock(block)).get(Layouts.U64, geometry.checkOffset(block))
                : 0;
    }

    /** A block that nothing holds, whose check table block was written. */
    long freeBlock() {
        for (long block = geometry.totalBlocks - 1; block >= geometry.metadataEnd; block--) {
            if (geometry.covered(block) && tableWritten(geometry.checkBlock(block)) && checkEntry(block) == 0) {
                return block;
            }
        }
        throw new IllegalStateException("no free block");
    }

    /** A block that must not have a check entry, whose check table block was written. */
    long uncoveredBlock() {
        for (long block = 0; block < geometry.totalBlocks; block++) {
            if (!geometry.covered(block) && tableWritten(geometry.checkBlock(block))) {
                return block;
            }
        }
        throw new IllegalStateException("no such block");
    }

    private boolean tableWritten(long block) {
        return read(block).get(Layouts.U32, BlockHeader.MAGIC_AT) == BlockHeader.MAGIC;
    }

    void setCheckEntry(long block, long entry) {
        change(geometry.checkBlock(block), bytes -> bytes.set(Layouts.U64, geometry.checkOffset(block), entry));
    }

    void changeInode(long inode, Consumer<MemorySegment> how) {
        change(
                geometry.inodeBlock(inode),
                bytes -> how.accept(bytes.asSlice(geometry.inodeOffset(inode), Superblock.INODE_BYTES)));
    }

    MemorySegment inode(long inode) {
        return read(geometry.inodeBlock(inode)).asSlice(geometry.inodeOffset(inode), Superblock.INODE_BYTES);
    }

    /** All blocks of metadata and trees that were ever written, but for the head and the journal. */
    List<Long> metadataBlocks() {
        List<Long> result = new ArrayList<>();
        result.add(geometry.regions.state().start());
        for (Span region : List.of(
                geometry.regions.groupTable(),
                geometry.regions.rootTable(),
                geometry.regions.generationTable(),
                geometry.regions.checkTable())) {
            for (long block = region.start(); block < region.end(); block++) {
                if (tableWritten(block)) {
                    result.add(block);
                }
            }
        }
        for (long block = geometry.regions.blockBitmaps().start(); block < geometry.totalBlocks; block++) {
            boolean tree = block >= geometry.metadataEnd;
            if (geometry.covered(block) && checkEntry(block) != 0 && (!tree || tableWritten(block))) {
                result.add(block);
            }
        }
        return result;
    }
}
