package io.vexel.memory;

import io.vexel.base.CapacityException;
import io.vexel.base.Checks;
import java.lang.foreign.Arena;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * The one limit on off-heap memory. The JVM's own limits do not bind foreign memory, so every off-heap byte is reserved here
 * before it is mapped. Holders of memory that they can do without register a {@link Shrinker}; a reservation fails only after they were
 * asked.
 *
 * <p>Invariant: {@code 0 <= used <= limit}, and {@code used} is the sum over the owners. Safe for use by any thread.
 */
public final class MemoryBudget {

    private final long limitBytes;
    private final boolean oneThread;
    private final AtomicLong usedBytes = new AtomicLong();
    private final AtomicLong peakBytes = new AtomicLong();
    private final ConcurrentHashMap<String, LongAdder> owners = new ConcurrentHashMap<>();
    private final CopyOnWriteArrayList<Shrinker> shrinkers = new CopyOnWriteArrayList<>();

    /** @param limitBytes most bytes that may be reserved at once, at least 1 */
    public MemoryBudget(long limitBytes) {
        this(limitBytes, false);
    }

    private MemoryBudget(long limitBytes, boolean oneThread) {
        this.limitBytes = Checks.inRange("limitBytes", limitBytes, 1, Long.MAX_VALUE);
        this.oneThread = oneThread;
    }

    /**
     * A budget whose regions may be used and closed only by the thread that allocates them. Closing any other region stops every
     * thread of the JVM for a moment; a thread that opens and closes volumes by the thousand does without.
     *
     * @param limitBytes as for the constructor
     */
    public static MemoryBudget forOneThread(long limitBytes) {
        return new MemoryBudget(limitBytes, true);
    }

    /** A budget that never refuses. */
    public static MemoryBudget unlimited() {
        return new MemoryBudget(Long.MAX_VALUE);
    }

    /**
     * Reserves bytes for an owner. When there are not enough, the shrinkers are asked, as long as they give something back.
     *
     * @param bytes at least 0
     * @throws CapacityException when the limit would be passed even so; nothing is reserved then
     */
    public void reserve(String owner, long bytes) {
        while (!tryReserve(owner, bytes)) {
            long missing = bytes - availableBytes();
            if (bytes > limitBytes || (missing > 0 && reclaim(missing) == 0)) {
                throw new CapacityException("memory budget bytes for " + owner, bytes, availableBytes());
            }
        }
    }

    /**
     * Asks the shrinkers, in the order in which they were added, until so many bytes were given back.
     *
     * @param bytes at least 1
     * @return bytes that were given back
     */
    public long reclaim(long bytes) {
        Checks.inRange("bytes", bytes, 1, Long.MAX_VALUE);
        long givenBack = 0;
        for (Shrinker shrinker : shrinkers) {
            if (givenBack >= bytes) {
                break;
            }
            givenBack += shrinker.shrink(bytes - givenBack);
        }
        return givenBack;
    }

    /** Bytes that the shrinkers say they could give back now. */
    public long reclaimableBytes() {
        return shrinkers.stream().mapToLong(Shrinker::reclaimableBytes).sum();
    }

    /** From now on the shrinker is asked when memory is short. */
    public void addShrinker(Shrinker shrinker) {
        shrinkers.add(shrinker);
    }

    /** The shrinker is asked no more; a call that is under way may still end. */
    public void removeShrinker(Shrinker shrinker) {
        shrinkers.remove(shrinker);
    }

    /** As {@link #reserve}, but asks no shrinker, and answers false where that would throw. */
    public boolean tryReserve(String owner, long bytes) {
        Checks.inRange("bytes", bytes, 0, Long.MAX_VALUE);
        long used;
        do {
            used = usedBytes.get();
            if (bytes > limitBytes - used) {
                return false;
            }
        } while (!usedBytes.weakCompareAndSetVolatile(used, used + bytes));
        peakBytes.accumulateAndGet(used + bytes, Math::max);
        owners.computeIfAbsent(owner, _ -> new LongAdder()).add(bytes);
        return true;
    }

    /** Gives back bytes that the owner reserved before. */
    public void release(String owner, long bytes) {
        LongAdder held = owners.get(owner);
        if (held == null || held.sum() < bytes) {
            throw new IllegalStateException(
                    "owner=" + owner + " releases bytes=" + bytes + " but holds " + (held == null ? 0 : held.sum()));
        }
        held.add(-bytes);
        usedBytes.addAndGet(-bytes);
    }

    /** What the memory of a new region belongs to. */
    Arena arena() {
        return oneThread ? Arena.ofConfined() : Arena.ofShared();
    }

    public long limitBytes() {
        return limitBytes;
    }

    public long usedBytes() {
        return usedBytes.get();
    }

    public long peakBytes() {
        return peakBytes.get();
    }

    public long availableBytes() {
        return limitBytes - usedBytes.get();
    }

    /** Bytes held now, by owner; owners that hold nothing are left out. */
    public Map<String, Long> usedByOwner() {
        Map<String, Long> result = new TreeMap<>();
        owners.forEach((owner, held) -> {
            if (held.sum() != 0) {
                result.put(owner, held.sum());
            }
        });
        return result;
    }
}
