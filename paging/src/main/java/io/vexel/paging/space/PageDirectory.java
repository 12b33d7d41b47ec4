package io.vexel.paging.space;

import io.vexel.base.Bytes;
import io.vexel.base.CapacityException;
import io.vexel.memory.MemoryBudget;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Which anonymous page each page of a mapping is: a directory of leaves with 512 ids each; a leaf that is not there, and an id of 0, stand for
 * the page of zeros or the file's. Forks share a directory until one of them writes: then it copies the directory, 8 bytes for 512 pages, and
 * of the leaves those that it writes in.
 *
 * <p>Read by anybody, changed with the pager's lock held. Lives on the heap; its bytes are reserved from the budget all the same.
 */
final class PageDirectory {

    static final String OWNER = "page tables";

    private static final int LEAF_SHIFT = 9;
    private static final int LEAF_PAGES = 1 << LEAF_SHIFT;
    private static final int LEAF_BYTES = LEAF_PAGES * Integer.BYTES + 40;
    private static final VarHandle LEAVES = MethodHandles.arrayElementVarHandle(Leaf[].class);
    private static final VarHandle IDS = MethodHandles.arrayElementVarHandle(int[].class);

    private final MemoryBudget budget;
    private final @Nullable Leaf[] leaves;
    private int sharers = 1;

    private static final class Leaf {
        final int[] ids;
        int sharers = 1;

        Leaf(int[] ids) {
            this.ids = ids;
        }
    }

    /** @throws CapacityException when the budget refuses */
    PageDirectory(MemoryBudget budget, long pages) {
        this(budget, new Leaf[Math.toIntExact(Bytes.ceilDiv(pages, LEAF_PAGES))]);
    }

    private PageDirectory(MemoryBudget budget, @Nullable Leaf[] leaves) {
        this.budget = budget;
        this.leaves = leaves;
        reserve(budget, bytes());
    }

    private long bytes() {
        return 40 + (long) leaves.length * Long.BYTES;
    }

    private static void reserve(MemoryBudget budget, long bytes) {
        if (!budget.tryReserve(OWNER, bytes)) {
            throw new CapacityException("memory budget bytes for page tables", bytes, budget.availableBytes());
        }
    }

    int get(long page) {
        Leaf leaf = (Leaf) LEAVES.getAcquire(leaves, (int) (page >>> LEAF_SHIFT));
        return leaf == null ? AnonymousPages.ZERO : (int) IDS.getAcquire(leaf.ids, (int) page & (LEAF_PAGES - 1));
    }

    /** One mapping more uses this directory. */
    PageDirectory share() {
        sharers++;
        return this;
    }

    boolean isShared() {
        return sharers > 1;
    }

    /** A directory with the same leaves, for one of those who shared this one. */
    PageDirectory unshare() {
        PageDirectory copy = new PageDirectory(budget, leaves.clone());
        sharers--;
        for (Leaf leaf : leaves) {
            if (leaf != null) {
                leaf.sharers++;
            }
        }
        return copy;
    }

    /** Makes the leaf of a page one that only this directory has, so that its ids can be set. The directory is not shared. */
    void own(long page, AnonymousPages anonymous) {
        int index = (int) (page >>> LEAF_SHIFT);
        Leaf leaf = leaves[index];
        if (leaf != null && leaf.sharers == 1) {
            return;
        }
        reserve(budget, LEAF_BYTES);
        Leaf own = new Leaf(leaf == null ? new int[LEAF_PAGES] : leaf.ids.clone());
        if (leaf != null) {
            leaf.sharers--;
            for (int id : own.ids) {
                if (id != AnonymousPages.ZERO) {
                    anonymous.addReference(id);
                }
            }
        }
        LEAVES.setRelease(leaves, index, own);
    }

    /** Sets the id of a page whose leaf is owned. */
    void set(long page, int id) {
        Leaf leaf = leaves[(int) (page >>> LEAF_SHIFT)];
        if (leaf == null) {
            throw new AssertionError("page " + page + " has no leaf");
        }
        IDS.setRelease(leaf.ids, (int) page & (LEAF_PAGES - 1), id);
    }

    /** One of those who use the directory does so no more; the last one releases its pages. */
    void release(AnonymousPages anonymous) {
        if (--sharers > 0) {
            return;
        }
        for (Leaf leaf : leaves) {
            if (leaf != null && --leaf.sharers == 0) {
                for (int id : leaf.ids) {
                    if (id != AnonymousPages.ZERO) {
                        anonymous.release(id);
                    }
                }
                budget.release(OWNER, LEAF_BYTES);
            }
        }
        budget.release(OWNER, bytes());
    }
}
