package io.vexel.device;

import io.vexel.base.Bytes;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One aligned native buffer for callers whose own memory the system cannot take. Allocated at the first use. */
final class BounceBuffer {

    static final long BUFFER_BYTES = Bytes.MIB;

    private final MemoryBudget budget;
    private @Nullable Region region;

    BounceBuffer(MemoryBudget budget) {
        this.budget = budget;
    }

    /** Lends the buffer to one caller at a time. */
    synchronized void use(Consumer<MemorySegment> body) {
        Region lent = region;
        if (lent == null) {
            lent = Region.allocate(budget, "device", BUFFER_BYTES);
            region = lent;
        }
        body.accept(lent.segment().asSlice(0, BUFFER_BYTES));
    }

    synchronized void close() {
        if (region != null) {
            region.close();
        }
    }
}
