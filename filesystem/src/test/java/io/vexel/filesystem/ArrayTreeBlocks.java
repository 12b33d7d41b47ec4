package io.vexel.filesystem;

import io.vexel.base.CorruptionException;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/** Tree blocks on the heap. Reading a block that is not allocated is corruption, freeing one is a mistake of the tree. */
final class ArrayTreeBlocks implements TreeBlocks {

    final Map<Long, byte[]> live = new HashMap<>();
    private final int blockSize;
    private long next = 100;

    ArrayTreeBlocks(int blockSize) {
        this.blockSize = blockSize;
    }

    @Override
    public int blockSize() {
        return blockSize;
    }

    @Override
    public long allocate() {
        live.put(next, new byte[blockSize]);
        return next++;
    }

    @Override
    public void free(long block) {
        if (live.remove(block) == null) {
            throw new CorruptionException(block, "freed a free block");
        }
    }

    @Override
    public MemorySegment read(long block) {
        return modify(block).asReadOnly();
    }

    @Override
    public MemorySegment modify(long block) {
        byte[] bytes = live.get(block);
        if (bytes == null) {
            throw new CorruptionException(block, "no such block");
        }
        return MemorySegment.ofArray(bytes);
    }
}
