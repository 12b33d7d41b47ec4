package io.vexel.index;

import io.vexel.memory.Region;
import java.lang.foreign.MemorySegment;

/** Addresses of single rows, also of those that are not in memory: they are copied, one at a time. Used by one thread. */
final class RowReader implements AutoCloseable {

    private final FullVectors vectors;
    private final Region copy;
    private final MemorySegment row;

    RowReader(IndexContext context, String owner) {
        vectors = context.vectors();
        copy = Region.allocate(context.budget(), owner, context.rowBytes());
        row = copy.segment().asSlice(0, context.rowBytes());
    }

    /** Native address of a row's elements, good until the next call. */
    long address(int ordinal) {
        long address = vectors.address(ordinal);
        if (address == 0) {
            vectors.read(ordinal, row);
            return row.address();
        }
        return address;
    }

    long memoryBytes() {
        return copy.byteSize();
    }

    @Override
    public void close() {
        copy.close();
    }
}
