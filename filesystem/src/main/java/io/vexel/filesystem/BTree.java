package io.vexel.filesystem;

import io.vexel.base.Checks;
import io.vexel.base.CorruptionException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A B+tree of unsigned 64-bit keys and values of 0 to {@link #maxValueBytes} bytes, FORMAT.md section 10. Directories and extent trees are
 * such trees. An instance is one tree inside one operation on one thread; who owns the tree keeps {@link #root} and
 * {@link #height} when the operation changed them.
 *
 * <p>Invariants between calls: no node is empty; the keys of a subtree lie from its slot's key up to the next slot's key, where the
 * first slot of an inner node has the key 0 and takes everything below the second; all leaves are at level 0. Nodes are not kept half full: a node is merged when it and
 * a neighbour fill seven eighths of one, so that the height stays logarithmic for any order of changes while an entry at the
 * border does not split and merge by turns.
 *
 * <p>Damaged blocks lead to {@link CorruptionException} and to nothing else: levels fall by one at each step down, so that no
 * walk goes in circles, and a scan refuses keys that do not ascend.
 */
final class BTree {

    /** More than any volume needs: 2^64 keys at two a node would still be cut off. */
    static final int MAX_HEIGHT = 24;

    private static final int MIN_VALUE_LIMIT = 272;

    private final TreeBlocks blocks;
    private long root;
    private int height;

    /**
     * @param root block of the root, 0 for an empty tree
     * @param height number of levels, 0 for an empty tree
     */
    BTree(TreeBlocks blocks, long root, int height) {
        if (height < 0 || height > MAX_HEIGHT || (root == 0) != (height == 0)) {
            throw new CorruptionException(root, "tree has height=" + height);
        }
        this.blocks = blocks;
        this.root = root;
        this.height = height;
    }

    /** A key with its value; the value is valid until the tree changes. */
    record Entry(long key, MemorySegment value) {}

    /** Takes entries in the order of their keys. */
    interface Visitor {
        /** Returns false to end the scan. */
        boolean accept(long key, MemorySegment value);
    }

    /** A node that was cut in two: the new one on the right, and the lowest key in it. */
    private record Split(long key, long block) {}

    long root() {
        return root;
    }

    int height() {
        return height;
    }

    /** Largest value in bytes: a quarter block, and in the smallest blocks enough for a directory entry. */
    int maxValueBytes() {
        return Math.max(blocks.blockSize() / 4, MIN_VALUE_LIMIT);
    }

    Optional<MemorySegment> get(long key) {
        if (height == 0) {
            return Optional.empty();
        }
        TreeNode node = read(root, height - 1);
        while (node.level() > 0) {
            node = read(node.child(node.childIndex(key)), node.level() - 1);
        }
        int index = node.lowerBound(key);
        return node.hasKey(index, key) ? Optional.of(node.value(index)) : Optional.empty();
    }

    /** The entry with the largest key that is not above {@code key}. */
    Optional<Entry> floor(long key) {
        return height == 0 ? Optional.empty() : Optional.ofNullable(floor(read(root, height - 1), key));
    }

    private @Nullable Entry floor(TreeNode node, long key) {
        int index = node.lowerBound(key);
        if (node.level() == 0) {
            int found = node.hasKey(index, key) ? index : index - 1;
            return found < 0 ? null : new Entry(node.key(found), node.value(found));
        }
        int at = node.childIndex(key);
        Entry entry = floor(read(node.child(at), node.level() - 1), key);
        if (entry == null && at > 0) {
            // The child begins above the key: what is asked for is the last entry before it.
            entry = last(read(node.child(at - 1), node.level() - 1));
            if (Long.compareUnsigned(entry.key(), key) > 0) {
                throw node.damaged("tree keys are out of order");
            }
        }
        return entry;
    }

    private Entry last(TreeNode start) {
        TreeNode node = start;
        while (node.level() > 0) {
            node = read(node.child(node.count() - 1), node.level() - 1);
        }
        return new Entry(node.key(node.count() - 1), node.value(node.count() - 1));
    }

    /** Visits the entries with keys from {@code from} on, ascending, until the visitor returns false. It must not change the tree. */
    void scan(long from, Visitor visitor) {
        if (height > 0) {
            new Scan(from, visitor).visit(read(root, height - 1));
        }
    }

    private final class Scan {
        private final long from;
        private final Visitor visitor;
        private boolean any;
        private long last;

        private Scan(long from, Visitor visitor) {
            this.from = from;
            this.visitor = visitor;
        }

        private boolean visit(TreeNode node) {
            if (node.level() == 0) {
                return visitLeaf(node);
            }
            for (int i = any ? 0 : node.childIndex(from); i < node.count(); i++) {
                if (!visit(read(node.child(i), node.level() - 1))) {
                    return false;
                }
            }
            return true;
        }

        private boolean visitLeaf(TreeNode node) {
            for (int i = any ? 0 : node.lowerBound(from); i < node.count(); i++) {
                long key = node.key(i);
                if (any && Long.compareUnsigned(key, last) <= 0) {
                    throw node.damaged("tree keys are out of order");
                }
                any = true;
                last = key;
                if (!visitor.accept(key, node.value(i))) {
                    return false;
                }
            }
            return true;
        }
    }

    /**
     * Sets the value of a key.
     *
     * @param value at most {@link #maxValueBytes} bytes, outside of the tree's own blocks
     * @return true when the key was new
     */
    boolean put(long key, MemorySegment value) {
        Checks.inRange("value.byteSize", value.byteSize(), 0, maxValueBytes());
        if (height == 0) {
            TreeNode leaf = allocate(0);
            leaf.insertValue(0, key, value);
            root = leaf.block;
            height = 1;
            return true;
        }
        if (replaceInPlace(key, value)) {
            return false;
        }
        boolean fresh = !remove(key);
        if (height == 0) {
            return put(key, value) && fresh;
        }
        Split split = insert(read(root, height - 1), key, value);
        if (split != null) {
            growRoot(split);
        }
        return fresh;
    }

    private boolean replaceInPlace(long key, MemorySegment value) {
        TreeNode node = read(root, height - 1);
        while (node.level() > 0) {
            node = read(node.child(node.childIndex(key)), node.level() - 1);
        }
        int index = node.lowerBound(key);
        if (!node.hasKey(index, key) || node.value(index).byteSize() != value.byteSize()) {
            return false;
        }
        modify(node).value(index).copyFrom(value);
        return true;
    }

    private void growRoot(Split split) {
        TreeNode old = read(root, height - 1);
        TreeNode top = allocate(height);
        top.insertChild(0, 0, old.block);
        top.insertChild(1, split.key(), split.block());
        root = top.block;
        height++;
        if (height > MAX_HEIGHT) {
            throw new CorruptionException(root, "tree is higher than any that was built");
        }
    }

    private @Nullable Split insert(TreeNode node, long key, MemorySegment value) {
        if (node.level() == 0) {
            return place(modify(node), node.lowerBound(key), new ValueInsertion(key, value));
        }
        int at = node.childIndex(key);
        Split below = insert(read(node.child(at), node.level() - 1), key, value);
        if (below == null) {
            return null;
        }
        return place(modify(node), at + 1, new ChildInsertion(below.key(), below.block()));
    }

    /** A slot on its way into a node. */
    private sealed interface Insertion {
        long key();

        int valueBytes();

        void into(TreeNode node, int index);
    }

    private record ChildInsertion(long key, long child) implements Insertion {
        @Override
        public int valueBytes() {
            return 0;
        }

        @Override
        public void into(TreeNode node, int index) {
            node.insertChild(index, key, child);
        }
    }

    private record ValueInsertion(long key, MemorySegment value) implements Insertion {
        @Override
        public int valueBytes() {
            return (int) value.byteSize();
        }

        @Override
        public void into(TreeNode node, int index) {
            node.insertValue(index, key, value);
        }
    }

    private @Nullable Split place(TreeNode node, int index, Insertion insertion) {
        if (node.fits(insertion.valueBytes())) {
            insertion.into(node, index);
            return null;
        }
        int leftSlots = cut(node, index, TreeNode.SLOT_BYTES + insertion.valueBytes());
        boolean goesLeft = index < leftSlots;
        int stay = goesLeft ? leftSlots - 1 : leftSlots;
        long border = !goesLeft && index == stay ? insertion.key() : node.key(stay);
        TreeNode right = allocate(node.level());
        // Slots go right in ascending order: an inner node does not keep the key of what comes first.
        int before = goesLeft ? node.count() : index;
        right.append(node, stay, before);
        if (!goesLeft) {
            insertion.into(right, index - stay);
        }
        right.append(node, before, node.count());
        node.cut(stay);
        if (goesLeft) {
            insertion.into(node, index);
        }
        return new Split(border, right.block);
    }

    /**
     * How many slots, the new one counted, stay in a node that is split: as many as make up half of the bytes. The left half
     * then has at most half of (capacity + largest entry) and one entry, which is below the capacity from 1 KiB on. Keys that
     * only ever grow, as in a file that is appended to, fill each node to the brim instead.
     */
    private static int cut(TreeNode node, int index, int weight) {
        int count = node.count();
        if (index == count) {
            return count;
        }
        int half = (node.used() + weight) / 2;
        int left = 0;
        int slots = 0;
        while (slots < count && left < half) {
            left += slots == index ? weight : node.weight(slots < index ? slots : slots - 1);
            slots++;
        }
        return slots;
    }

    /** Removes a key; false when it was not there. */
    boolean remove(long key) {
        if (height == 0 || get(key).isEmpty()) {
            return false;
        }
        TreeNode top = remove(read(root, height - 1), key);
        if (top.count() == 0) {
            blocks.free(top.block);
            root = 0;
            height = 0;
            return true;
        }
        while (top.level() > 0 && top.count() == 1) {
            TreeNode only = read(top.child(0), top.level() - 1);
            blocks.free(top.block);
            root = only.block;
            height--;
            top = only;
        }
        return true;
    }

    /** Returns the node as it is afterwards, perhaps empty. */
    private TreeNode remove(TreeNode node, long key) {
        if (node.level() == 0) {
            TreeNode leaf = modify(node);
            leaf.remove(leaf.lowerBound(key));
            return leaf;
        }
        int at = node.childIndex(key);
        TreeNode child = remove(read(node.child(at), node.level() - 1), key);
        if (child.count() == 0) {
            TreeNode changed = modify(node);
            changed.remove(at);
            blocks.free(child.block);
            return changed;
        }
        if (child.used() >= TreeNode.capacity(blocks.blockSize()) / 2) {
            return node;
        }
        return mergeAround(node, at);
    }

    private TreeNode mergeAround(TreeNode node, int at) {
        if (at > 0 && mergeable(node, at - 1)) {
            return merge(node, at - 1);
        }
        if (at + 1 < node.count() && mergeable(node, at)) {
            return merge(node, at);
        }
        return node;
    }

    private boolean mergeable(TreeNode node, int left) {
        int together = read(node.child(left), node.level() - 1).used()
                + read(node.child(left + 1), node.level() - 1).used();
        return together <= TreeNode.capacity(blocks.blockSize()) / 8 * 7;
    }

    private TreeNode merge(TreeNode node, int leftIndex) {
        TreeNode left = modify(read(node.child(leftIndex), node.level() - 1));
        TreeNode right = read(node.child(leftIndex + 1), node.level() - 1);
        if (left.block == right.block) {
            throw node.damaged("two tree slots name the same block");
        }
        if (left.level() > 0) {
            // A first slot has no key of its own: its border is the one in the parent.
            left.insertChild(left.count(), node.key(leftIndex + 1), right.child(0));
            left.append(right, 1, right.count());
        } else {
            left.append(right, 0, right.count());
        }
        TreeNode changed = modify(node);
        changed.remove(leftIndex + 1);
        blocks.free(right.block);
        return changed;
    }

    private TreeNode read(long block, int level) {
        return TreeNode.view(block, blocks.read(block), level);
    }

    private TreeNode modify(TreeNode node) {
        return TreeNode.view(node.block, blocks.modify(node.block), node.level());
    }

    private TreeNode allocate(int level) {
        long block = blocks.allocate();
        return TreeNode.format(block, blocks.modify(block), level);
    }
}
