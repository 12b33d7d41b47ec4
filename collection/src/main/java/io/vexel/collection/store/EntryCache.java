package io.vexel.collection.store;

import io.vexel.base.CapacityException;
import io.vexel.memory.slab.CacheSpec;
import io.vexel.memory.slab.Magazine;
import io.vexel.memory.slab.SlabAllocator;
import io.vexel.memory.slab.SlabCache;
import io.vexel.memory.slab.SlabFlag;
import io.vexel.memory.slab.SlabStatistics;
import io.vexel.memory.zone.PageAllocator;
import io.vexel.paging.replacement.AccessHint;
import io.vexel.paging.replacement.FrameFilter;
import io.vexel.paging.replacement.PolicyKind;
import io.vexel.paging.replacement.ReplacementPolicy;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Entries of one size: objects of a slab cache {@code vector_entries}, found by key, of which those that are asked for often stay.
 *
 * <pre>
 *            put: an object of the slab cache, as long as there is room; then that of the entry which the policy names
 *   FREE ------------------------------------------------------------------------------------------------> PRESENT
 *     ^                                                                                                       |
 *     +-------------------------------------------------------------------------------------------------------+
 *                     forgotten, or its memory is wanted: the object goes back to the slab cache
 * </pre>
 *
 * <p>Invariants: an entry that is present has an object, and the policy knows of it; an entry that is free has none. What an entry holds never changes
 * while it is present, so readers only have to see that it stayed: see {@link EntryTable}. Everything but copying changes with the lock, under which
 * nothing is read and nobody is asked for memory.
 *
 * <p>Nothing is ever on its way: who misses an entry reads what it holds by himself and offers it with {@link #put}. Two who miss the same one both read
 * it, and neither waits for the other. {@link #era} tells whether anything was forgotten meanwhile; then what was read is not taken.
 */
final class EntryCache implements AutoCloseable {

    static final String NAME = "vector_entries";

    /** Bytes an entry that are charged for the tables and the policy. */
    static final int BOOKKEEPING_BYTES = EntryTable.BYTES_PER_ENTRY + Long.BYTES + Integer.BYTES + 70;

    /** How long somebody who is short of memory waits for the lock. */
    private static final long LOCK_NANOS = 10_000_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final int entryBytes;
    private final PageAllocator pages;
    private final BooleanSupplier mayTake;
    private final SlabCache slabs;
    private final long slabBytes;
    private final Magazine objects;
    private final EntryTable table;
    private final ReplacementPolicy policy;
    private final long[] handles;
    /** Numbers of free entries, the first {@code freeCount}. */
    private final int[] free;

    private final AtomicLong era = new AtomicLong();
    private int freeCount;
    private long evictions;

    /** Changed with the lock, as that behind it: the pages that were taken are used up. */
    private volatile boolean exhausted;

    private volatile int used;
    private boolean closed;

    /**
     * What entries are made of.
     *
     * @param objects where their memory comes from
     * @param pages the pages of that
     * @param mayTake whether a span more may be taken from the budget
     */
    record Memory(SlabAllocator objects, PageAllocator pages, BooleanSupplier mayTake) {}

    /** @param entries most that there can be, 1..{@link PolicyKind#MAX_FRAMES} */
    EntryCache(int entryBytes, int entries, Memory memory) {
        this.entryBytes = entryBytes;
        this.pages = memory.pages;
        this.mayTake = memory.mayTake;
        this.table = new EntryTable(entries);
        this.policy = PolicyKind.DEFAULT.create(entries);
        this.handles = new long[entries];
        this.free = IntStream.range(0, entries).map(i -> entries - 1 - i).toArray();
        this.freeCount = entries;
        this.slabs = memory.objects.cache(CacheSpec.of(NAME, entryBytes).with(SlabFlag.HWCACHE_ALIGN));
        this.slabBytes = (long) slabs.statistics().size().pagesPerSlab() * PageAllocator.PAGE_BYTES;
        this.objects = slabs.magazine();
    }

    /** Bytes from an object to the next, at most. */
    static long slotBytes(int entryBytes) {
        return Math.ceilDiv(entryBytes, 64) * 64L;
    }

    int entryBytes() {
        return entryBytes;
    }

    /** Most entries. */
    int most() {
        return free.length;
    }

    /** Entries that are present. */
    int used() {
        return used;
    }

    /** About how many bytes of objects are in use. */
    long heldBytes() {
        return used * slotBytes(entryBytes);
    }

    /** Entries that left for others, or because their memory was wanted. */
    long evictions() {
        lock.lock();
        try {
            return evictions;
        } finally {
            lock.unlock();
        }
    }

    SlabStatistics objectStatistics() {
        return slabs.statistics();
    }

    /**
     * Copies bytes of an entry, without a lock.
     *
     * @param offset of the first byte in the entry
     * @return false when it is not there; the target is undefined then
     */
    boolean copy(long key, int offset, MemorySegment target) {
        int entry = table.copy(key, offset, target);
        if (entry == EntryTable.NONE) {
            return false;
        }
        policy.touched(entry);
        return true;
    }

    /** Counts the times that entries were forgotten. For {@link #put}, to be asked before an entry's bytes are read. */
    long era() {
        return era.get();
    }

    /**
     * Takes an entry in, in the place of another if need be. Does nothing when it is there, when there is no memory, or when something was forgotten since
     * that era.
     *
     * @param key at least 0
     * @param bytes what it holds, as long as an entry
     * @param seen the era before they were read
     */
    void put(long key, MemorySegment bytes, long seen) {
        lock.lock();
        try {
            if (closed || seen != era.get() || table.find(key) != EntryTable.NONE) {
                return;
            }
            int entry = take(key);
            if (entry != EntryTable.NONE) {
                table.put(entry, key, slabs.address(handles[entry]), bytes);
                policy.loaded(entry, key, AccessHint.DEMAND);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether there are neither pages at hand nor a span to be had. */
    boolean isFull() {
        return exhausted && !mayTake.getAsBoolean();
    }

    /** There may be pages again. */
    void retry() {
        lock.lock();
        try {
            exhausted = false;
        } finally {
            lock.unlock();
        }
    }

    /** An absent entry with an object. */
    private int take(long incoming) {
        if (freeCount > 0) {
            long handle = newObject();
            if (handle != SlabCache.NONE) {
                int entry = free[--freeCount];
                handles[entry] = handle;
                used = free.length - freeCount;
                return entry;
            }
        }
        int victim = policy.evict(incoming, FrameFilter.ALL);
        if (victim != ReplacementPolicy.NONE) {
            table.remove(victim);
            evictions++;
        }
        return victim;
    }

    private long newObject() {
        long handle = objects.tryAllocate();
        if (handle != SlabCache.NONE) {
            return handle;
        }
        if (!exhausted && pages.bytesAtHand() < slabBytes) {
            exhausted = true;
        }
        if (isFull()) {
            return SlabCache.NONE;
        }
        try {
            handle = objects.allocate();
            exhausted = false;
            return handle;
        } catch (CapacityException e) {
            exhausted = true;
            return SlabCache.NONE;
        }
    }

    /**
     * Lets go of entries, and of what was read for them before.
     *
     * @param first the least key
     * @param end the key behind the greatest
     */
    void forget(long first, long end) {
        lock.lock();
        try {
            era.incrementAndGet();
            if (end - first <= free.length) {
                for (long key = first; key < end; key++) {
                    int entry = table.find(key);
                    if (entry != EntryTable.NONE) {
                        drop(entry);
                    }
                }
            } else {
                forEach(entry -> {
                    if (table.key(entry) >= first && table.key(entry) < end) {
                        drop(entry);
                    }
                });
            }
        } finally {
            lock.unlock();
        }
    }

    /** For all that are present; they may be dropped meanwhile. */
    private void forEach(IntConsumer action) {
        for (int entry = 0; entry < free.length; entry++) {
            if (table.isPresent(entry)) {
                action.accept(entry);
            }
        }
    }

    private void drop(int entry) {
        table.remove(entry);
        policy.removed(entry);
        objects.free(handles[entry]);
        handles[entry] = SlabCache.NONE;
        free[freeCount++] = entry;
        used = free.length - freeCount;
        exhausted = false;
    }

    /**
     * Lets entries go so that whole spans of pages become free, the last ones first: words of slots lie in the first, and stay as long as there are entries.
     * Waits for the lock some milliseconds at most.
     *
     * @param bytes of pages that are wanted, at least 1
     * @return entries that left
     */
    int giveWay(long bytes) {
        // Who grows the cache, or holds its lock for something else, is not asked.
        if (lock.isHeldByCurrentThread() || !lockSoon()) {
            return 0;
        }
        try {
            if (closed) {
                return 0;
            }
            BitSet spans = new BitSet();
            forEach(entry -> spans.set(spanOf(entry)));
            long count = Math.ceilDiv(bytes, PageAllocator.SPAN_BYTES);
            int first = spans.length();
            for (long span = 0; span < count && first > 0; span++) {
                first = Math.max(0, spans.previousSetBit(first - 1));
            }
            int end = first;
            int before = used;
            forEach(entry -> {
                if (spanOf(entry) >= end) {
                    drop(entry);
                }
            });
            evictions += before - used;
            objects.drain();
            if (used == 0) {
                // Or its last span would stay, for words about slots that are no more.
                slabs.forget();
            } else {
                slabs.shrink(Long.MAX_VALUE);
            }
            return before - used;
        } finally {
            lock.unlock();
        }
    }

    private int spanOf(int entry) {
        return pages.spanOf(table.address(entry));
    }

    /** The lock is never held for long, so who is refused it only because others miss would fail for no reason. */
    private boolean lockSoon() {
        try {
            return lock.tryLock(LOCK_NANOS, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return lock.tryLock();
        }
    }

    /** Gives all memory back; nobody reads any more. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (!closed) {
                forEach(this::drop);
                closed = true;
                objects.close();
                slabs.close();
            }
        } finally {
            lock.unlock();
        }
    }
}
