package io.vexel.paging.space;

import static io.vexel.memory.raw.RawMemory.ALL;

import io.vexel.base.Bytes;
import io.vexel.base.CapacityException;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.SparseRegion;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * One entry for each page: see {@link PageEntry}. Entries stay where they are while the table grows, and are 0 at first. Written with the
 * pager's lock held, read by anybody.
 */
final class PageTable implements AutoCloseable {

    /** Most pages of a table. */
    static final int MAX_PAGES = 1 << 30;

    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();
    private static final long STEP = 64 * Bytes.KIB;

    private final SparseRegion region;
    private final long address;
    private final int mostPages;

    /** @param mostPages up to which the table can grow, 1..{@link #MAX_PAGES} */
    PageTable(MemoryBudget budget, int mostPages) {
        this.mostPages = mostPages;
        region = SparseRegion.reserve(budget, "page tables", (long) mostPages * Long.BYTES);
        address = region.address();
    }

    int mostPages() {
        return mostPages;
    }

    /**
     * Makes room for entries.
     *
     * @throws CapacityException when the table cannot grow so far, or the budget refuses; nothing changes
     */
    void ensure(long pages) {
        if (pages > mostPages) {
            throw new CapacityException("pages of a table", pages, mostPages);
        }
        long missing = Bytes.roundUp(pages * Long.BYTES, STEP) - region.takenBytes();
        if (missing > 0 && !region.tryTake(missing)) {
            throw new CapacityException(
                    "memory budget bytes for page tables",
                    missing,
                    region.budget().availableBytes());
        }
    }

    long get(long page) {
        return get(address, page);
    }

    /** Where the entries lie, for whoever reads them so often that a reference to this counts. */
    long address() {
        return address;
    }

    /** As {@link #get(long)}, of the table that lies there. */
    static long get(long address, long page) {
        return (long) LONG.getAcquire(ALL, address + page * Long.BYTES);
    }

    /** Whoever writes into the frame of the entry's predecessor does so after this is seen. */
    void set(long page, long entry) {
        LONG.setRelease(ALL, address + page * Long.BYTES, entry);
        VarHandle.storeStoreFence();
    }

    @Override
    public void close() {
        region.close();
    }
}
