package io.vexel.filesystem;

import io.vexel.base.CorruptionException;
import java.lang.foreign.MemorySegment;

/**
 * One node of a {@link BTree} over the bytes of its block: slots grow upwards behind the header, values downwards from the end.
 *
 * <pre>
 * | block header | level slots heapStart garbage | slot 0 | slot 1 | ... free ... | value | value | ... |
 * 0              32                              48                       heapStart                     B
 * </pre>
 *
 * <p>The counters are checked when the view is made and every slot when it is used, so that no content of a block, however
 * damaged, leads to anything but {@link CorruptionException}.
 */
final class TreeNode {

    static final int LEVEL_AT = BlockHeader.BYTES;
    static final int COUNT_AT = LEVEL_AT + 2;
    static final int HEAP_AT = LEVEL_AT + 4;
    static final int GARBAGE_AT = LEVEL_AT + 8;
    static final int SLOTS_AT = LEVEL_AT + 16;
    static final int SLOT_BYTES = 16;
    static final int SLOT_KEY_AT = 0;
    static final int SLOT_CHILD_AT = 8;
    static final int SLOT_OFFSET_AT = 8;
    static final int SLOT_LENGTH_AT = 12;

    final long block;
    final MemorySegment bytes;
    private final int size;
    private final int level;

    private TreeNode(long block, MemorySegment bytes) {
        this.block = block;
        this.bytes = bytes;
        this.size = (int) bytes.byteSize();
        this.level = Short.toUnsignedInt(bytes.get(Layouts.U16, LEVEL_AT));
    }

    /** The node at a level that its parent knows. */
    static TreeNode view(long block, MemorySegment bytes, int expectedLevel) {
        TreeNode node = new TreeNode(block, bytes);
        node.check(expectedLevel);
        return node;
    }

    /** Makes a block with zeros behind its header an empty node. */
    static TreeNode format(long block, MemorySegment bytes, int level) {
        bytes.set(Layouts.U16, LEVEL_AT, (short) level);
        bytes.set(Layouts.U16, COUNT_AT, (short) 0);
        bytes.set(Layouts.U32, HEAP_AT, (int) bytes.byteSize());
        bytes.set(Layouts.U32, GARBAGE_AT, 0);
        return new TreeNode(block, bytes);
    }

    private void check(int expectedLevel) {
        if (level != expectedLevel) {
            throw damaged("tree node has level " + level + " where " + expectedLevel + " belongs");
        }
        int heap = heapStart();
        if (count() < 1 || heap > size || heap < slotAt(count())) {
            throw damaged("tree node has slots=" + count() + " heapStart=" + Integer.toUnsignedString(heap));
        }
        int garbage = garbage();
        if (garbage < 0 || garbage > size - heap) {
            throw damaged("tree node has garbage=" + Integer.toUnsignedString(garbage));
        }
        if (level > 0 && heap != size) {
            throw damaged("inner tree node has values");
        }
    }

    CorruptionException damaged(String what) {
        return new CorruptionException(block, what);
    }

    int level() {
        return level;
    }

    int count() {
        return Short.toUnsignedInt(bytes.get(Layouts.U16, COUNT_AT));
    }

    int heapStart() {
        return bytes.get(Layouts.U32, HEAP_AT);
    }

    int garbage() {
        return bytes.get(Layouts.U32, GARBAGE_AT);
    }

    private static int slotAt(int index) {
        return SLOTS_AT + index * SLOT_BYTES;
    }

    /** Bytes that slots and values may take together. */
    static int capacity(int blockSize) {
        return blockSize - SLOTS_AT;
    }

    /** Bytes that slots and live values take. */
    int used() {
        return count() * SLOT_BYTES + size - heapStart() - garbage();
    }

    long key(int index) {
        return bytes.get(Layouts.U64, slotAt(index) + SLOT_KEY_AT);
    }

    long child(int index) {
        return bytes.get(Layouts.U64, slotAt(index) + SLOT_CHILD_AT);
    }

    int length(int index) {
        return bytes.get(Layouts.U32, slotAt(index) + SLOT_LENGTH_AT);
    }

    int offset(int index) {
        int offset = bytes.get(Layouts.U32, slotAt(index) + SLOT_OFFSET_AT);
        int length = length(index);
        if (offset < heapStart() || offset > size || length < 0 || length > size - offset) {
            throw damaged("tree value " + index + " lies outside of its node");
        }
        return offset;
    }

    MemorySegment value(int index) {
        return bytes.asSlice(offset(index), length(index));
    }

    /** Bytes of slot and value. */
    int weight(int index) {
        return level > 0 ? SLOT_BYTES : SLOT_BYTES + (int) value(index).byteSize();
    }

    /** Index of the first slot whose key is not below {@code key}; the number of slots when there is none. */
    int lowerBound(long key) {
        int low = 0;
        int high = count();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (Long.compareUnsigned(key(middle), key) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** True when the slot exists and has the key. */
    boolean hasKey(int index, long key) {
        return index < count() && key(index) == key;
    }

    /** The slot of the child whose subtree may hold the key. */
    int childIndex(long key) {
        int index = lowerBound(key);
        return hasKey(index, key) ? index : Math.max(0, index - 1);
    }

    boolean fits(int valueLength) {
        return used() + SLOT_BYTES + valueLength <= capacity(size);
    }

    /** Inserts an inner slot; the caller knows that it fits. At index 0 the key is not kept. */
    void insertChild(int index, long key, long child) {
        if (slotAt(count() + 1) > size) {
            throw damaged("tree node has less room than it says");
        }
        openSlot(index);
        bytes.set(Layouts.U64, slotAt(index) + SLOT_KEY_AT, index == 0 ? 0 : key);
        bytes.set(Layouts.U64, slotAt(index) + SLOT_CHILD_AT, child);
    }

    /** Inserts a value; the caller knows that it {@link #fits}. */
    void insertValue(int index, long key, MemorySegment value) {
        int length = (int) value.byteSize();
        if (heapStart() - slotAt(count()) < SLOT_BYTES + length) {
            compact();
        }
        int offset = heapStart() - length;
        if (offset < slotAt(count() + 1)) {
            throw damaged("tree node has less room than it says");
        }
        openSlot(index);
        MemorySegment.copy(value, 0, bytes, offset, length);
        bytes.set(Layouts.U32, HEAP_AT, offset);
        bytes.set(Layouts.U64, slotAt(index) + SLOT_KEY_AT, key);
        bytes.set(Layouts.U32, slotAt(index) + SLOT_OFFSET_AT, place(offset, length));
        bytes.set(Layouts.U32, slotAt(index) + SLOT_LENGTH_AT, length);
    }

    /** An empty value has no place of its own: it must not stand in the way of heap start when its neighbour goes. */
    private int place(int offset, int length) {
        return length == 0 ? size : offset;
    }

    private void openSlot(int index) {
        int count = count();
        MemorySegment.copy(bytes, slotAt(index), bytes, slotAt(index + 1), (long) (count - index) * SLOT_BYTES);
        bytes.set(Layouts.U16, COUNT_AT, (short) (count + 1));
    }

    /** Removes a slot and its value. */
    void remove(int index) {
        if (level == 0) {
            int offset = offset(index);
            int length = length(index);
            if (length > 0 && offset == heapStart()) {
                bytes.set(Layouts.U32, HEAP_AT, offset + length);
            } else {
                bytes.set(Layouts.U32, GARBAGE_AT, garbage() + length);
            }
        }
        int count = count();
        MemorySegment.copy(bytes, slotAt(index + 1), bytes, slotAt(index), (long) (count - index - 1) * SLOT_BYTES);
        bytes.asSlice(slotAt(count - 1), SLOT_BYTES).fill((byte) 0);
        bytes.set(Layouts.U16, COUNT_AT, (short) (count - 1));
        if (level > 0 && index == 0 && count > 1) {
            bytes.set(Layouts.U64, SLOTS_AT + SLOT_KEY_AT, 0);
        }
    }

    /** Appends slots {@code from..to} of another node of the same level; the caller knows that they fit. */
    void append(TreeNode source, int from, int to) {
        for (int i = from; i < to; i++) {
            if (level > 0) {
                insertChild(count(), source.key(i), source.child(i));
            } else {
                insertValue(count(), source.key(i), source.value(i));
            }
        }
    }

    /** Keeps the first {@code count} slots and gives their values one gapless place. */
    void cut(int count) {
        int before = count();
        bytes.asSlice(slotAt(count), (long) (before - count) * SLOT_BYTES).fill((byte) 0);
        bytes.set(Layouts.U16, COUNT_AT, (short) count);
        if (level == 0) {
            compact();
        }
    }

    /** Moves the values together at the end of the block; what is free reads as zeros afterwards. */
    private void compact() {
        byte[] heap = new byte[size];
        int top = size;
        for (int i = 0; i < count(); i++) {
            int offset = offset(i);
            int length = length(i);
            top -= length;
            if (top < slotAt(count())) {
                throw damaged("tree values overlap");
            }
            MemorySegment.copy(bytes, Layouts.U8, offset, heap, top, length);
        }
        for (int i = 0, at = size; i < count(); i++) {
            at -= length(i);
            bytes.set(Layouts.U32, slotAt(i) + SLOT_OFFSET_AT, place(at, length(i)));
        }
        int free = slotAt(count());
        bytes.asSlice(free, top - free).fill((byte) 0);
        MemorySegment.copy(heap, top, bytes, Layouts.U8, top, size - top);
        bytes.set(Layouts.U32, HEAP_AT, top);
        bytes.set(Layouts.U32, GARBAGE_AT, 0);
    }
}
