package io.vexel.memory.slab;

/**
 * A thread's own free objects of a cache, so that most allocations and frees take no lock: one array that is used, and one behind it that is
 * full or empty, so that a thread at the border of two does not go to the depot each time. For one thread at a time; objects may be freed
 * through another magazine than they were allocated through, and go back to other threads a magazine at a time.
 *
 * <p>Closing gives the free objects back. Counters are plain, so those of a running thread may lag behind.
 */
public final class Magazine extends MagazineFields implements AutoCloseable {

    /** Keeps the fields of two threads' magazines, and the slots in their arrays, out of one line of the processor's cache. */
    static final int PADDING = 32;

    private final SlabCache cache;
    private final SlotTable table;

    Magazine(SlabCache cache, SlotTable table, int rounds) {
        this.cache = cache;
        this.table = table;
        this.rounds = rounds;
        this.loaded = new int[rounds + PADDING];
        this.previous = new int[rounds + PADDING];
        this.drains = cache.drains();
    }

    /**
     * Allocates an object. What it holds is undefined, or what the cache's constructor and the last user left.
     *
     * @return handle
     * @throws io.vexel.base.CapacityException when there is no memory after everything that could be reclaimed was
     */
    public long allocate() {
        int left = count - 1;
        if (left < 0) {
            return allocateSlowly();
        }
        count = left;
        allocations++;
        return table.use(loaded[left]);
    }

    /**
     * Frees an object.
     *
     * @throws MisuseException when the handle is not of an object in use; nothing changes. In a cache with red zones also when bytes
     *     beside the object were written; the object is free then
     */
    public void free(long handle) {
        table.claim(handle);
        int at = count;
        if (at == rounds) {
            freeSlowly(handle);
            return;
        }
        loaded[at] = (int) handle;
        count = at + 1;
        frees++;
    }

    /** The cache whose objects go through here. */
    public SlabCache cache() {
        return cache;
    }

    private long allocateSlowly() {
        long handle = tryAllocate();
        while (handle == SlabCache.NONE) {
            cache.grow();
            handle = tryAllocate();
        }
        return handle;
    }

    /** As {@link #allocate}, but does not add slabs: {@link SlabCache#NONE} when the cache must grow first. */
    public long tryAllocate() {
        if (closed) {
            throw new IllegalStateException("the magazine of cache=" + cache.name() + " is closed");
        }
        if (cache.isChecked()) {
            return cache.tryAllocateChecked();
        }
        if (count == 0 && !refill()) {
            return SlabCache.NONE;
        }
        allocations++;
        return table.use(loaded[--count]);
    }

    private boolean refill() {
        if (drains != cache.drains()) {
            drain();
        }
        if (previousCount > 0) {
            swap();
            return true;
        }
        int[] full = cache.depot().takeFull(previous);
        if (full != null) {
            previous = full;
            previousCount = rounds;
            swap();
            return true;
        }
        count = cache.store().take(loaded, rounds);
        return count > 0;
    }

    private void swap() {
        int[] other = previous;
        int otherCount = previousCount;
        previous = loaded;
        previousCount = count;
        loaded = other;
        count = otherCount;
    }

    private void freeSlowly(long handle) {
        if (closed || cache.isChecked()) {
            cache.freeClaimed(handle);
            return;
        }
        frees++;
        if (drains != cache.drains()) {
            drain();
        } else {
            makeRoom();
        }
        loaded[count++] = (int) handle;
    }

    private void makeRoom() {
        if (previousCount > 0) {
            if (cache.depot().offerFull(previous)) {
                int[] empty = cache.depot().takeEmpty();
                previous = empty == null ? new int[rounds + PADDING] : empty;
            } else {
                cache.store().put(previous, 0, previousCount);
            }
            previousCount = 0;
        }
        swap();
    }

    /** Frees for a thread that holds no magazine of its own. */
    void freeClaimed(long handle) {
        if (count == rounds) {
            freeSlowly(handle);
        } else {
            loaded[count++] = (int) handle;
            frees++;
        }
    }

    /** Gives all free objects back to their slabs. */
    public void drain() {
        drains = cache.drains();
        cache.store().put(loaded, 0, count);
        cache.store().put(previous, 0, previousCount);
        count = 0;
        previousCount = 0;
    }

    /** Forgets the free objects, whose slabs go. */
    void abandon() {
        count = 0;
        previousCount = 0;
        rounds = 0;
        closed = true;
    }

    @Override
    public void close() {
        if (!closed) {
            drain();
            closed = true;
            rounds = 0;
            cache.forget(this);
        }
    }
}
