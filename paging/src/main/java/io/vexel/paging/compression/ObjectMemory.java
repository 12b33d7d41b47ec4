package io.vexel.paging.compression;

import io.vexel.base.CapacityException;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageOwner;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Memory for objects of many sizes below a page, packed closely: classes of sizes 64 bytes apart, and for each, blocks of one to eight pages, as
 * many as leave the least over. A block without objects goes back at once. Guarded by the caller's monitor.
 *
 * <p>After zsmalloc (N. Gupta, Linux, 2012), whose blocks of several pages it has; objects do not move.
 */
final class ObjectMemory implements AutoCloseable {

    private static final int CLASS_BYTES = 64;
    private static final int MAX_ORDER = 3;
    /** Of the budget so large a share is left alone: one part in so many. */
    private static final int SPARE_SHARE = 20;

    private final PageAllocator allocator;
    private final MemoryBudget budget;
    private final PageOwner owner;
    private final long mostBytes;
    /** By class. */
    private final List<Deque<Block>> withRoom = new ArrayList<>();

    private long heldBytes;

    /** A block of pages with objects of one class. */
    static final class Block {
        private final int sizeClass;
        private final int order;
        private final long handle;
        private final long address;
        private final int capacity;
        private final BitSet taken;
        private int used;
        private boolean listed;

        private Block(int sizeClass, int order, long handle, long address) {
            this.sizeClass = sizeClass;
            this.order = order;
            this.handle = handle;
            this.address = address;
            capacity = (PageAllocator.PAGE_BYTES << order) / objectBytes(sizeClass);
            taken = new BitSet(capacity);
        }

        long address(int index) {
            return address + (long) index * objectBytes(sizeClass);
        }
    }

    /** Where an object is. */
    record Place(Block block, int index) {

        long address() {
            return block.address(index);
        }
    }

    ObjectMemory(PageAllocator allocator, MemoryBudget budget, long mostBytes, int mostObjectBytes) {
        this.allocator = allocator;
        this.budget = budget;
        this.mostBytes = mostBytes;
        owner = allocator.register(PageOwner.Terms.unmovable("compressed pages").withReserve());
        for (int sizeClass = 0; sizeClass <= sizeClass(mostObjectBytes); sizeClass++) {
            withRoom.add(new ArrayDeque<>());
        }
    }

    private static int sizeClass(int bytes) {
        return (bytes - 1) / CLASS_BYTES;
    }

    private static int objectBytes(int sizeClass) {
        return (sizeClass + 1) * CLASS_BYTES;
    }

    private static int bestOrder(int sizeClass) {
        int best = 0;
        double least = 1;
        for (int order = 0; order <= MAX_ORDER; order++) {
            int bytes = PageAllocator.PAGE_BYTES << order;
            double left = (double) (bytes % objectBytes(sizeClass)) / bytes;
            if (bytes >= objectBytes(sizeClass) && left < least) {
                least = left;
                best = order;
            }
        }
        return best;
    }

    long heldBytes() {
        return heldBytes;
    }

    /** Room for an object, or null when there is none. */
    @Nullable
    Place allocate(int bytes) {
        int sizeClass = sizeClass(bytes);
        Deque<Block> blocks = withRoom.get(sizeClass);
        Block block = blocks.peekFirst();
        if (block == null) {
            block = newBlock(sizeClass);
            if (block == null) {
                return null;
            }
            block.listed = true;
            blocks.addFirst(block);
        }
        int index = block.taken.nextClearBit(0);
        block.taken.set(index);
        if (++block.used == block.capacity) {
            blocks.removeFirst();
            block.listed = false;
        }
        return new Place(block, index);
    }

    private @Nullable Block newBlock(int sizeClass) {
        int order = bestOrder(sizeClass);
        long bytes = (long) PageAllocator.PAGE_BYTES << order;
        if (heldBytes + bytes > mostBytes || budget.availableBytes() < budget.limitBytes() / SPARE_SHARE) {
            return null;
        }
        try {
            long handle = allocator.allocate(owner, order);
            heldBytes += bytes;
            return new Block(sizeClass, order, handle, allocator.address(handle));
        } catch (CapacityException e) {
            return null;
        }
    }

    void free(Place place) {
        Block block = place.block;
        block.taken.clear(place.index);
        block.used--;
        Deque<Block> blocks = withRoom.get(block.sizeClass);
        if (block.used == 0) {
            if (block.listed) {
                blocks.removeFirstOccurrence(block);
            }
            heldBytes -= (long) PageAllocator.PAGE_BYTES << block.order;
            allocator.free(block.handle);
        } else if (!block.listed) {
            block.listed = true;
            blocks.addLast(block);
        }
    }

    @Override
    public void close() {
        // Each object was freed before.
        if (heldBytes != 0) {
            throw new IllegalStateException("heldBytes=" + heldBytes + " at close, allowed: 0");
        }
    }
}
