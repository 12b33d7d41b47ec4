package io.vexel.collection.store;

import io.vexel.base.Bytes;
import io.vexel.base.CapacityException;
import io.vexel.base.Deadline;
import io.vexel.base.TimeSource;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Shrinker;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToLongFunction;

/**
 * How much of a volume's budget chunks of vectors may take, and who of them gives way when somebody needs the memory who cannot be paged: an index,
 * an id map, the caches of writes, and the cache through which rows are read whose chunk is not in memory.
 *
 * <pre>
 *  available bytes of the budget
 *   limit ----------------------------------------------------------
 *           chunks are loaded and laid
 *   high  --------------------------- 1/16, at most 128 MiB --------
 *           the writer lays rows; chunks that leave, leave up to here
 *   low   --------------------------- 1/32, at most 64 MiB ---------
 *           for all others alone
 *   0     ----------------------------------------------------------
 * </pre>
 *
 * <p>Chunks leave in two steps, because readers hold bare addresses: they are hidden, and freed when all who may have seen them have left (see
 * {@link VectorChunks}). Three do that. The <em>shrinker</em>, in any thread that is refused memory, waits for nobody: it frees what was hidden
 * before, hides more, and frees that too when nobody reads. The <em>background</em> thread waits for readers. And who was refused memory and
 * reads nothing {@linkplain #awaitRelief waits} for a while before he tries again.
 *
 * <p>{@code wanted} is volatile: how many bytes somebody would like to be available, 0 when nobody does; a wish that is lost between two threads comes
 * again with the next refusal. {@code evicting} is held for one step and never while anybody waits, and is only tried.
 */
final class ChunkMemory implements AutoCloseable {

    private static final String NAME = "vector chunks";
    private static final int HIGH_SHARE = 16;
    private static final int LOW_SHARE = 32;
    private static final long MOST_HIGH = 128 * Bytes.MIB;

    /** How long somebody who was refused memory waits for readers. */
    private static final long PATIENCE_MILLIS = 2_000;

    private final MemoryBudget budget;
    private final long high;
    private final long low;
    private final Runnable signal;
    private final List<VectorChunks> collections = new CopyOnWriteArrayList<>();
    private final ReentrantLock evicting = new ReentrantLock();
    private final Shrinker shrinker = new Chunks();
    private volatile long wanted;

    /** @param signal lets the background threads look for work */
    ChunkMemory(MemoryBudget budget, Runnable signal) {
        this.budget = budget;
        this.signal = signal;
        high = Math.min(budget.limitBytes() / HIGH_SHARE, MOST_HIGH);
        low = Math.min(budget.limitBytes() / LOW_SHARE, MOST_HIGH * HIGH_SHARE / LOW_SHARE);
        budget.addShrinker(shrinker);
    }

    MemoryBudget budget() {
        return budget;
    }

    void add(VectorChunks chunks) {
        collections.add(chunks);
    }

    void remove(VectorChunks chunks) {
        collections.remove(chunks);
    }

    /** Whether so many bytes may be taken for rows that are read. */
    boolean mayLoad(long bytes) {
        return budget.availableForCaches() - bytes >= high;
    }

    /** Whether so many bytes may be taken for rows that are written. */
    boolean mayLay(long bytes) {
        return budget.availableForCaches() - bytes >= low;
    }

    /** Bytes of memory that hold rows, hidden ones among them. */
    long residentBytes() {
        return sum(VectorChunks::residentBytes);
    }

    /** What a count of all open collections comes to. */
    long sum(ToLongFunction<VectorChunks> count) {
        return collections.stream().mapToLong(count).sum();
    }

    /**
     * Says that somebody would like memory that chunks have: they give way soon, in the background.
     *
     * @param bytes that should be available; at least {@code high} are going to be, as long as there are chunks
     */
    void want(long bytes) {
        long target = Math.max(high, bytes);
        if (target > wanted && budget.availableBytes() < target && residentBytes() > 0) {
            wanted = target;
            signal.run();
        }
    }

    /** Frees what can be freed without waiting, if somebody wants it. */
    void poll() {
        long target = wanted;
        if (target > 0) {
            long missing = target - budget.availableBytes();
            if (missing <= 0 || residentBytes() == 0) {
                wanted = 0;
            } else {
                relieve(missing);
            }
        }
    }

    /**
     * In a background thread, which reads no rows: frees chunks until so much is available as is to be, if somebody wants it, and waits for readers.
     *
     * @return whether it freed any
     */
    boolean step() {
        long target = wanted;
        if (target == 0) {
            return false;
        }
        wanted = 0;
        long missing = target - budget.availableBytes();
        return missing > 0 && awaitFreed(missing, patience()) > 0;
    }

    /**
     * Frees chunks for somebody who was refused memory, and waits for readers for a while.
     *
     * @param refused what was said; nothing is freed when it is about anything but memory
     * @return whether anything was freed, so that it is worth trying again
     */
    boolean awaitRelief(CapacityException refused) {
        return awaitRelief(refused, patience());
    }

    /** As {@link #awaitRelief(CapacityException)}, and waits for all readers together until the deadline at most. */
    boolean awaitRelief(CapacityException refused, Deadline deadline) {
        return refused.isAboutMemory()
                && awaitFreed(Math.max(refused.requested(), high - budget.availableBytes()), deadline) > 0;
    }

    private static Deadline patience() {
        return Deadline.in(PATIENCE_MILLIS, TimeSource.SYSTEM);
    }

    private long awaitFreed(long bytes, Deadline deadline) {
        long freed = relieve(bytes);
        for (VectorChunks chunks : collections) {
            if (freed < bytes && chunks.awaitHidden(deadline.leftMillis())) {
                freed += chunks.freeHidden();
            }
        }
        return freed;
    }

    /** Frees chunks without waiting; returns how many bytes. */
    private long relieve(long bytes) {
        if (evicting.isHeldByCurrentThread() || !evicting.tryLock()) {
            return 0;
        }
        try {
            long freed = sum(VectorChunks::freeHidden);
            if (freed < bytes) {
                hide(bytes - freed - sum(VectorChunks::hiddenBytes));
                freed += sum(VectorChunks::freeHidden);
            }
            return freed;
        } finally {
            evicting.unlock();
        }
    }

    /** Collections that have most give first. */
    private void hide(long bytes) {
        List<VectorChunks> largestFirst = collections.stream()
                .sorted(Comparator.comparingLong(VectorChunks::residentBytes).reversed())
                .toList();
        long left = bytes;
        for (VectorChunks chunks : largestFirst) {
            if (left > 0) {
                left -= chunks.hide(left);
            }
        }
    }

    @Override
    public void close() {
        budget.removeShrinker(shrinker);
    }

    private final class Chunks implements Shrinker {

        @Override
        public String name() {
            return NAME;
        }

        @Override
        public long reclaimableBytes() {
            return residentBytes();
        }

        @Override
        public long shrink(long bytes) {
            long freed = relieve(bytes);
            want(0);
            return freed;
        }
    }
}
