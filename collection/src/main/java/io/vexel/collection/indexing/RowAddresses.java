package io.vexel.collection.indexing;

import io.vexel.memory.Region;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** Addresses of a few rows at a time: of copies where rows are not in memory. For one thread, which has entered the rows while it uses them. */
final class RowAddresses implements AutoCloseable {

    /** Most rows at a time. */
    static final int MOST = 4;

    private static final String OWNER = "index rows";

    private final IndexedRows rows;
    private Optional<Region> copies = Optional.empty();

    RowAddresses(IndexedRows rows) {
        this.rows = rows;
    }

    /**
     * The address of a row.
     *
     * @param slot 0..{@value #MOST} - 1; good until the next row of the slot
     * @throws io.vexel.base.CapacityException when there is no memory for copies
     */
    long of(long ordinal, int slot) {
        long address = rows.vectors().address(ordinal);
        if (address != 0) {
            return address;
        }
        int rowBytes = rows.spec().rowBytes();
        if (copies.isEmpty()) {
            copies = Optional.of(Region.allocate(rows.budget(), OWNER, (long) MOST * rowBytes));
        }
        MemorySegment row = copies.get().segment().asSlice((long) slot * rowBytes, rowBytes);
        rows.vectors().read(ordinal, row);
        return row.address();
    }

    @Override
    public void close() {
        copies.ifPresent(Region::close);
    }
}
