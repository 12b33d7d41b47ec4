package io.vexel.filesystem;

import io.vexel.base.CorruptionException;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/** Reads the tree of an inode for {@link TreeVerifier}: nodes verified and counted, findings with the inode's number. */
final class FsckTree implements TreeBlocks, TreeVerifier.Findings {

    private final FsckVolume volume;
    private final FsckUsage usage;
    private final FsckInode inode;
    private final Consumer<BTree.Entry> entries;
    private long nodes;
    private boolean sound = true;

    FsckTree(FsckVolume volume, FsckUsage usage, FsckInode inode, Consumer<BTree.Entry> entries) {
        this.volume = volume;
        this.usage = usage;
        this.inode = inode;
        this.entries = entries;
    }

    /** Walks the tree; false when parts of it could not be read. */
    boolean verify() {
        long root = inode.u64(InodeLayout.TREE_ROOT_AT);
        int height = inode.u32(InodeLayout.TREE_HEIGHT_AT);
        if (root != 0 && height != 0) {
            new TreeVerifier(this, this).verify(root, height);
        }
        return sound;
    }

    long nodes() {
        return nodes;
    }

    @Override
    public boolean node(long block, int level) {
        if (!holdable(volume.geometry, block)) {
            problem(block, "a tree node lies where none may be");
            return false;
        }
        if (!usage.mark(block)) {
            problem(block, "a tree node is held twice");
            return false;
        }
        nodes++;
        return true;
    }

    /** True where blocks of files and trees may lie. */
    static boolean holdable(Geometry geometry, long block) {
        return block >= geometry.metadataEnd && !geometry.usedByDefault(block);
    }

    @Override
    public void entry(BTree.Entry entry) {
        entries.accept(entry);
    }

    @Override
    public void problem(long block, String text) {
        sound = false;
        volume.findings.at(inode.number(), block, text);
    }

    @Override
    public int blockSize() {
        return volume.geometry.blockSize;
    }

    @Override
    public MemorySegment read(long block) {
        MemorySegment bytes = volume.covered(block);
        BlockHeader.Type type = inode.directory() ? BlockHeader.Type.DIRECTORY_NODE : BlockHeader.Type.EXTENT_NODE;
        BlockHeader.require(bytes, type, block);
        if (bytes.get(Layouts.U32, BlockHeader.OWNER_AT) != (int) inode.number()) {
            throw new CorruptionException(block, "the tree node belongs to another inode");
        }
        int entry = (int) (volume.checkEntry(block).orElse(0L) >>> Integer.SIZE);
        if (Geometry.shortGeneration(BlockHeader.generation(bytes)) != entry) {
            throw new CorruptionException(block, "the tree node names another commit than its check entry");
        }
        return bytes;
    }

    @Override
    public long allocate() {
        throw new IllegalStateException("a check changes nothing");
    }

    @Override
    public void free(long block) {
        throw new IllegalStateException("a check changes nothing");
    }

    @Override
    public MemorySegment modify(long block) {
        throw new IllegalStateException("a check changes nothing");
    }
}
