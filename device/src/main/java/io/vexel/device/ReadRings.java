package io.vexel.device;

import io.vexel.memory.MemoryBudget;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The rings of a device, lent to one thread at a time. They are made when they are needed, up to {@value #MOST}, and kept; their memory, some
 * pages each, is reserved from the budget. Safe for use by any thread.
 */
final class ReadRings implements AutoCloseable {

    /** Threads beyond these read one by one: they keep a disk busy as they are. */
    static final int MOST = 16;

    private static final System.Logger LOG = System.getLogger(ReadRings.class.getName());
    private static final String OWNER = "device";

    private final MemoryBudget budget;
    private final ReadRing.Enter enter;
    private final ArrayDeque<ReadRing> idle = new ArrayDeque<>();
    private int existing;

    /** @param enter starts reads and waits for them: {@link ReadRing#callEnter}, or a test */
    ReadRings(MemoryBudget budget, ReadRing.Enter enter) {
        this.budget = budget;
        this.enter = enter;
    }

    /** Whether the system lets this process have rings; asked once. */
    static boolean supported() {
        return Detected.SUPPORTED;
    }

    private static final class Detected {

        static final boolean SUPPORTED = detect();

        private static boolean detect() {
            try {
                ReadRing.open().close();
                return true;
            } catch (SystemCallException e) {
                LOG.log(System.Logger.Level.DEBUG, "reads are made one by one: {0}", e.getMessage());
                return false;
            }
        }
    }

    /** A ring; null when none is idle and there can be no other. */
    synchronized @Nullable ReadRing take() {
        ReadRing ring = idle.poll();
        return ring != null || existing == MOST ? ring : open();
    }

    private @Nullable ReadRing open() {
        ReadRing ring;
        try {
            ring = ReadRing.open(enter);
        } catch (SystemCallException e) {
            // No memory or descriptor for another one now.
            return null;
        }
        if (!budget.tryReserve(OWNER, ring.memoryBytes())) {
            ring.close();
            return null;
        }
        existing++;
        return ring;
    }

    synchronized void giveBack(ReadRing ring, boolean usable) {
        if (usable) {
            idle.push(ring);
        } else {
            close(ring);
        }
    }

    /** Rings that exist now. */
    synchronized int existing() {
        return existing;
    }

    private void close(ReadRing ring) {
        existing--;
        budget.release(OWNER, ring.memoryBytes());
        ring.close();
    }

    /** Closes all of them; none is lent. */
    @Override
    public synchronized void close() {
        while (!idle.isEmpty()) {
            close(idle.pop());
        }
    }
}
