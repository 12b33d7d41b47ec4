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
    private static final int LEAF_BYTES = LEAF_PAGES * Integer.BYTES + 24;
    private static final VarHandle LEAVES = MethodHandles.arrayElementVarHandle(int[][].class);
    private static final VarHandle IDS = MethodHandles.arrayElementVarHandle(int[].class);

    /** Where a leaf has the count of its directories, behind the ids: an object around both would be one more reference on the way of each hit. */
    private static final int SHARERS = LEAF_PAGES;

    private final MemoryBudget budget;
    private final int[] @Nullable [] leaves;
    private int sharers = 1;

    /** @throws CapacityException when the budget refuses */
    PageDirectory(MemoryBudget budget, long pages) {
        this(budget, new int[Math.toIntExact(Bytes.ceilDiv(pages, LEAF_PAGES))][]);
    }

    private PageDirectory(MemoryBudget budget, int[] @Nullable [] leaves) {
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
        return get(leaves, page);
    }

    /** What {@link #get(int[][], long)} takes; stays the same for the life of the directory. */
    int[] @Nullable [] leaves() {
        return leaves;
    }

    /** As {@link #get(long)}, of the directory that has these leaves. */
    static int get(int[] @Nullable [] leaves, long page) {
        int[] leaf = (int[]) LEAVES.getAcquire(leaves, (int) (page >>> LEAF_SHIFT));
        return leaf == null ? AnonymousPages.ZERO : (int) IDS.getAcquire(leaf, (int) page & (LEAF_PAGES - 1));
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
        for (int[] leaf : leaves) {
            if (leaf != null) {
                leaf[SHARERS]++;
            }
        }
        return copy;
    }

    /** Makes the leaf of a page one that only this directory has, so that its ids can be set. The directory is not shared. */
    void own(long page, AnonymousPages anonymous) {
        int index = (int) (page >>> LEAF_SHIFT);
        int[] leaf = leaves[index];
        if (leaf != null && leaf[SHARERS] == 1) {
            return;
        }
        reserve(budget, LEAF_BYTES);
        int[] own = leaf == null ? new int[LEAF_PAGES + 1] : leaf.clone();
        own[SHARERS] = 1;
        if (leaf != null) {
            leaf[SHARERS]--;
            for (int i = 0; i < LEAF_PAGES; i++) {
                if (own[i] != AnonymousPages.ZERO) {
                    anonymous.addReference(own[i]);
                }
            }
        }
        LEAVES.setRelease(leaves, index, own);
    }

    /** Sets the id of a page whose leaf is owned. */
    void set(long page, int id) {
        int[] leaf = leaves[(int) (page >>> LEAF_SHIFT)];
        if (leaf == null) {
            throw new AssertionError("page " + page + " has no leaf");
        }
        IDS.setRelease(leaf, (int) page & (LEAF_PAGES - 1), id);
    }

    /** One of those who use the directory does so no more; the last one releases its pages. */
    void release(AnonymousPages anonymous) {
        if (--sharers > 0) {
            return;
        }
        for (int[] leaf : leaves) {
            if (leaf != null && --leaf[SHARERS] == 0) {
                for (int i = 0; i < LEAF_PAGES; i++) {
                    if (leaf[i] != AnonymousPages.ZERO) {
                        anonymous.release(leaf[i]);
                    }
                }
                budget.release(OWNER, LEAF_BYTES);
            }
        }
        budget.release(OWNER, bytes());
    }
}
