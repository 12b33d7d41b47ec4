package io.vexel.memory.zone;

/**
 * Handles of blocks: the number of the block's first page below, the generation of that page above. A page's generation grows whenever a
 * block that begins with it is freed, so a handle that was freed is told from the one that names the same pages now.
 *
 * <pre>
 *   63        48 47        32 31                    0
 *   +-----------+------------+-----------------------+
 *   |     0     | generation |   first page          |
 *   +-----------+------------+-----------------------+
 * </pre>
 */
public final class PageHandle {

    /** No block. */
    public static final long NONE = -1;

    private PageHandle() {}

    static long of(int page, int generation) {
        return ((long) generation << Integer.SIZE) | page;
    }

    /** Whether it can be a handle: the highest bits of one are 0. */
    static boolean isOne(long handle) {
        return handle >>> (Integer.SIZE + Short.SIZE) == 0;
    }

    /** The block's first page, counted from the first page of all zones. */
    public static int page(long handle) {
        return (int) handle;
    }

    static int generation(long handle) {
        return (int) (handle >>> Integer.SIZE);
    }
}
