package io.vexel.memory;

import io.vexel.base.CapacityException;
import io.vexel.base.Checks;
import io.vexel.base.TimeSource;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * The one limit on off-heap memory. The JVM's own limits do not bind foreign memory, so every off-heap byte is reserved here
 * before it is mapped. Holders of memory that they can do without register a {@link Shrinker}; a reservation fails only after they were
 * asked. Caches ask {@link #availableForCaches} before they grow: after a shortage of the machine it is less than what is free.
 *
 * <p>Invariant: {@code 0 <= used <= limit}, and {@code used} is the sum over the owners. Safe for use by any thread.
 */
public final class MemoryBudget {

    /** How long a reservation that is about to fail waits for what others are being given. */
    private static final long PATIENCE_NANOS = 10_000_000;

    /** How long it does so between two looks. */
    private static final long LOOK_NANOS = 50_000;

    /** Headroom is at least one byte of so many of the limit, and at most one of so many. */
    private static final int LEAST_HEADROOM_SHARE = 32;

    private static final int MOST_HEADROOM_SHARE = 8;

    private final long limitBytes;
    private final boolean oneThread;
    private final ReservationRefusal refusal;
    private final long patienceNanos;
    private final AtomicLong usedBytes = new AtomicLong();
    private final AtomicLong peakBytes = new AtomicLong();
    private final ConcurrentHashMap<String, AtomicLong> owners = new ConcurrentHashMap<>();
    private final AtomicLong foreseenBytes = new AtomicLong();
    private final LongAdder failures = new LongAdder();
    private final ShrinkerRegistry shrinkers = new ShrinkerRegistry();
    private volatile long cacheLimitBytes;

    /** @param limitBytes most bytes that may be reserved at once, at least 1 */
    public MemoryBudget(long limitBytes) {
        this(limitBytes, false, ReservationRefusal.NONE, PATIENCE_NANOS);
    }

    private MemoryBudget(long limitBytes, boolean oneThread, ReservationRefusal refusal, long patienceNanos) {
        this.refusal = refusal;
        this.patienceNanos = patienceNanos;
        this.limitBytes = Checks.inRange("limitBytes", limitBytes, 1, Long.MAX_VALUE);
        this.oneThread = oneThread;
        this.cacheLimitBytes = limitBytes;
    }

    /**
     * A budget whose regions may be used and closed only by the thread that allocates them. Closing any other region stops every
     * thread of the JVM for a moment; a thread that opens and closes volumes by the thousand does without.
     *
     * @param limitBytes as for the constructor
     */
    public static MemoryBudget forOneThread(long limitBytes) {
        return new MemoryBudget(limitBytes, true, ReservationRefusal.NONE, PATIENCE_NANOS);
    }

    /** A budget whose reservations wait for what others are being given however long that takes, as no test depends on time. */
    static MemoryBudget patient(long limitBytes) {
        return new MemoryBudget(limitBytes, false, ReservationRefusal.NONE, Long.MAX_VALUE);
    }

    /**
     * A budget that refuses reservations on demand, too.
     *
     * @param limitBytes as for the constructor
     * @param refusal for tests
     */
    public static MemoryBudget withRefusal(long limitBytes, ReservationRefusal refusal) {
        return new MemoryBudget(limitBytes, false, refusal, PATIENCE_NANOS);
    }

    /** A budget that never refuses. */
    public static MemoryBudget unlimited() {
        return new MemoryBudget(Long.MAX_VALUE);
    }

    /**
     * Reserves bytes for an owner. When there are not enough, the shrinkers are asked, as long as they give something back. What they are giving to
     * others at that moment is waited for, some milliseconds at most, since more may come back than those need.
     *
     * @param bytes at least 0
     * @throws CapacityException when the limit would be passed even so; nothing is reserved then
     */
    public void reserve(String owner, long bytes) {
        if (isRefused(owner, bytes)) {
            // As a shortage would have it: the others were asked in vain.
            reclaim(Math.max(1, bytes));
            throw refused(owner, bytes);
        }
        if (bytes > limitBytes) {
            throw refused(owner, bytes);
        }
        while (!take(owner, bytes)) {
            long missing = bytes - availableBytes();
            if (missing > 0 && reclaim(missing) == 0) {
                if (!takeAfterOthers(owner, bytes)) {
                    throw refused(owner, bytes);
                }
                return;
            }
        }
    }

    /** Takes bytes as soon as there are enough, or when nobody is being given memory any more; false after some milliseconds, too. */
    private boolean takeAfterOthers(String owner, long bytes) {
        long start = TimeSource.SYSTEM.nanoTime();
        boolean others;
        do {
            // Asked before, so that what they were given is there when they are not seen any more.
            others = shrinkers.areAsked();
            if (take(owner, bytes)) {
                return true;
            }
            if (others) {
                LockSupport.parkNanos(LOOK_NANOS);
            }
        } while (others && TimeSource.SYSTEM.nanoTime() - start < patienceNanos);
        return false;
    }

    private boolean isRefused(String owner, long bytes) {
        return refusal.refuses(owner, Checks.inRange("bytes", bytes, 0, Long.MAX_VALUE));
    }

    private CapacityException refused(String owner, long bytes) {
        failures.increment();
        return new CapacityException("memory budget bytes for " + owner, bytes, availableBytes());
    }

    /**
     * Asks the shrinkers until so many bytes were given back: by their priorities, and those of one priority in proportion to what they
     * have.
     *
     * @param bytes at least 1
     * @return bytes that were given back
     */
    public long reclaim(long bytes) {
        return reclaim(bytes, ShrinkPriority.COSTLY);
    }

    /**
     * As {@link #reclaim(long)}, of those shrinkers that lose no more than this.
     *
     * @param bytes at least 1
     * @param last the last priority that is asked
     */
    public long reclaim(long bytes, ShrinkPriority last) {
        return shrinkers.reclaim(Checks.inRange("bytes", bytes, 1, Long.MAX_VALUE), last);
    }

    /** Bytes that the shrinkers say they could give back now. */
    public long reclaimableBytes() {
        return shrinkers.reclaimableBytes();
    }

    /** Bytes that are free, or that the shrinkers say they could give back now: about what somebody can get who reserves. */
    public long obtainableBytes() {
        // No sum: it might exceed a long where nearly all is free or a cache's.
        return limitBytes() - Math.max(0, usedBytes() - reclaimableBytes());
    }

    /**
     * Says that so many bytes more are going to be wanted by somebody who cannot do without them. Nothing is reserved, but the {@linkplain #headroomBytes
     * headroom} grows.
     *
     * @param bytes how many more than was said before, below 0 when it is fewer
     */
    public void foresee(long bytes) {
        foreseenBytes.addAndGet(bytes);
    }

    /**
     * Bytes that whoever can wait leaves of the budget to those who cannot: those that were {@linkplain #foresee foreseen}, at least a 32nd of the limit
     * and at most an eighth.
     */
    public long headroomBytes() {
        return Math.clamp(foreseenBytes.get(), limitBytes / LEAST_HEADROOM_SHARE, limitBytes / MOST_HEADROOM_SHARE);
    }

    /** From now on the shrinker is asked when memory is short. */
    public void addShrinker(Shrinker shrinker) {
        shrinkers.add(shrinker);
    }

    /**
     * The shrinker is asked no more. Calls of it that are under way in other threads are waited for, so that what it gives away can be closed afterwards;
     * whoever calls this holds no lock that a shrinker waits for, and is in no call of this one.
     */
    public void removeShrinker(Shrinker shrinker) {
        shrinkers.remove(shrinker);
    }

    /** The shrinkers, in the order of their priorities. */
    public List<ShrinkerStatistics> shrinkers() {
        return shrinkers.statistics();
    }

    /**
     * Limits how far caches may use the budget, below its limit; other reservations are not concerned. Nothing is given back by this.
     *
     * @param bytes in use by all, from which on {@link #availableForCaches} is 0; at least 0, more than the limit means no more than that
     */
    public void limitCaches(long bytes) {
        cacheLimitBytes = Math.min(limitBytes, Checks.inRange("bytes", bytes, 0, Long.MAX_VALUE));
    }

    /** How far caches may use the budget. */
    public long cacheLimitBytes() {
        return cacheLimitBytes;
    }

    /** Bytes that a cache may take now; what else is there is for those who cannot do without. Never negative. */
    public long availableForCaches() {
        return Math.max(0, cacheLimitBytes - usedBytes.get());
    }

    /** Whether regions of this budget are used and closed by one thread only. */
    public boolean isForOneThread() {
        return oneThread;
    }

    /** As {@link #reserve}, but asks no shrinker, and answers false where that would throw. */
    public boolean tryReserve(String owner, long bytes) {
        return !isRefused(owner, bytes) && take(owner, bytes);
    }

    private boolean take(String owner, long bytes) {
        long used;
        do {
            used = usedBytes.get();
            if (bytes > limitBytes - used) {
                return false;
            }
        } while (!usedBytes.weakCompareAndSetVolatile(used, used + bytes));
        peakBytes.accumulateAndGet(used + bytes, Math::max);
        owners.computeIfAbsent(owner, _ -> new AtomicLong()).addAndGet(bytes);
        return true;
    }

    /**
     * Gives back bytes that the owner reserved before.
     *
     * @param bytes at least 0
     * @throws IllegalStateException when it holds fewer; nothing changes
     */
    public void release(String owner, long bytes) {
        AtomicLong held = owners.get(owner);
        long before = held == null ? 0 : held.getAndUpdate(has -> has < bytes ? has : has - bytes);
        if (before < bytes) {
            throw new IllegalStateException("owner=" + owner + " releases bytes=" + bytes + " but holds " + before);
        }
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

    /** How many reservations failed for good; {@link #tryReserve} is not among them, whose callers go on without. */
    public long failedReservations() {
        return failures.sum();
    }

    public long availableBytes() {
        return limitBytes - usedBytes.get();
    }

    /** Bytes held now, by owner; owners that hold nothing are left out. */
    public Map<String, Long> usedByOwner() {
        Map<String, Long> result = new TreeMap<>();
        owners.forEach((owner, held) -> {
            long bytes = held.get();
            if (bytes != 0) {
                result.put(owner, bytes);
            }
        });
        return result;
    }
}
