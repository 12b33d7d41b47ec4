package io.vexel.filesystem;

import io.vexel.base.VexelException;
import java.util.Arrays;

/**
 * Walks a whole tree and compares every node with FORMAT.md section 10: levels, counters, order of the keys, borders of the
 * subtrees, values that lie apart. It goes on behind what it finds.
 */
final class TreeVerifier {

    /** Hears what the walk meets. */
    interface Findings {

        /** A node, before its contents; false leaves its subtree out. */
        boolean node(long block, int level);

        /** An entry of a leaf whose value lies inside the leaf. */
        void entry(BTree.Entry entry);

        /** Something that must not be. */
        void problem(long block, String text);
    }

    private final TreeBlocks blocks;
    private final Findings findings;

    TreeVerifier(TreeBlocks blocks, Findings findings) {
        this.blocks = blocks;
        this.findings = findings;
    }

    /** Keys from {@code low} up to and with {@code high}, unsigned. */
    private record Border(long low, long high) {
        boolean contains(long key) {
            return Long.compareUnsigned(key, low) >= 0 && Long.compareUnsigned(key, high) <= 0;
        }
    }

    void verify(long root, int height) {
        if (root == 0 && height == 0) {
            return;
        }
        if (root == 0 || height < 1 || height > BTree.MAX_HEIGHT) {
            findings.problem(root, "tree has root=" + root + " height=" + height);
            return;
        }
        walk(root, height - 1, new Border(0, -1));
    }

    private void walk(long block, int level, Border border) {
        if (!findings.node(block, level)) {
            return;
        }
        TreeNode node;
        try {
            node = TreeNode.view(block, blocks.read(block), level);
        } catch (VexelException e) {
            findings.problem(block, e.getMessage());
            return;
        }
        checkOrder(node, border);
        if (level == 0) {
            visitLeaf(node);
        } else {
            visitChildren(node, border);
        }
    }

    private void checkOrder(TreeNode node, Border border) {
        for (int i = 0; i < node.count(); i++) {
            if (i > 0 && Long.compareUnsigned(node.key(i - 1), node.key(i)) >= 0) {
                findings.problem(node.block, "tree keys do not ascend at slot " + i);
            }
            boolean keyless = node.level() > 0 && i == 0;
            if (keyless ? node.key(0) != 0 : !border.contains(node.key(i))) {
                findings.problem(node.block, "tree key at slot " + i + " lies outside of its subtree");
            }
        }
    }

    private void visitChildren(TreeNode node, Border border) {
        for (int i = 0; i < node.count(); i++) {
            long low = i == 0 ? border.low() : node.key(i);
            long high = i + 1 < node.count() ? node.key(i + 1) - 1 : border.high();
            walk(node.child(i), node.level() - 1, new Border(low, high));
        }
    }

    private void visitLeaf(TreeNode node) {
        long[] places = new long[node.count()];
        long total = 0;
        for (int i = 0; i < node.count(); i++) {
            try {
                places[i] = (long) node.offset(i) << Integer.SIZE | node.length(i);
                total += node.length(i);
                findings.entry(new BTree.Entry(node.key(i), node.value(i)));
            } catch (VexelException e) {
                findings.problem(node.block, e.getMessage());
                return;
            }
        }
        Arrays.sort(places);
        for (int i = 1; i < places.length; i++) {
            if ((places[i - 1] >>> Integer.SIZE) + (int) places[i - 1] > places[i] >>> Integer.SIZE) {
                findings.problem(node.block, "tree values overlap");
            }
        }
        if (total + node.garbage() != blocks.blockSize() - node.heapStart()) {
            findings.problem(node.block, "tree node counts " + node.garbage() + " unused bytes wrongly");
        }
    }
}
