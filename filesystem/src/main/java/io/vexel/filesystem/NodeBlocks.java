package io.vexel.filesystem;

import java.lang.foreign.MemorySegment;

/** The blocks of one inode's tree: allocated and freed with the inode's block count, with the header of tree nodes. */
final class NodeBlocks implements TreeBlocks {

    private final Access access;
    private final Geometry geometry;
    private final Allocator allocator;
    private final Inode inode;
    private final BlockHeader.Type type;

    NodeBlocks(Access access, Geometry geometry, Allocator allocator, Inode inode, BlockHeader.Type type) {
        this.access = access;
        this.geometry = geometry;
        this.allocator = allocator;
        this.inode = inode;
        this.type = type;
    }

    /** The inode's tree; {@link #keep} stores it afterwards. */
    BTree open() {
        return new BTree(this, inode.u64(InodeLayout.TREE_ROOT_AT), inode.u32(InodeLayout.TREE_HEIGHT_AT));
    }

    /** Writes the tree's root into the inode when it changed. */
    void keep(BTree tree) {
        if (tree.root() != inode.u64(InodeLayout.TREE_ROOT_AT)
                || tree.height() != inode.u32(InodeLayout.TREE_HEIGHT_AT)) {
            inode.set64(InodeLayout.TREE_ROOT_AT, tree.root());
            inode.set32(InodeLayout.TREE_HEIGHT_AT, tree.height());
        }
    }

    @Override
    public int blockSize() {
        return geometry.blockSize;
    }

    @Override
    public long allocate() {
        long goal = inode.u64(InodeLayout.TREE_ROOT_AT);
        long block = allocator
                .allocate(access, new Allocator.Request(Allocator.Purpose.DATA, goal, 1, 1))
                .start();
        MemorySegment bytes = access.modify(block);
        bytes.fill((byte) 0);
        BlockHeader.initialise(bytes, type, block, inode.number);
        access.frame(block).node = true;
        inode.addBlocks(1);
        return block;
    }

    @Override
    public void free(long block) {
        allocator.free(access, new Span(block, 1));
        inode.addBlocks(-1);
    }

    @Override
    public MemorySegment read(long block) {
        MemorySegment bytes = access.read(block);
        BlockHeader.require(bytes, type, block);
        return bytes;
    }

    @Override
    public MemorySegment modify(long block) {
        MemorySegment bytes = access.modify(block);
        BlockHeader.require(bytes, type, block);
        access.frame(block).node = true;
        return bytes;
    }
}
