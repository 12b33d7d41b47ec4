package io.vexel.paging.space;

import io.vexel.base.Checks;
import io.vexel.base.ClosedException;
import io.vexel.base.VexelException;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.zone.PageAllocator;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Frames for pages, from a budget, and what is paged in them: files and address spaces. Frames are taken as they are needed, as long as the budget
 * has room for more than a twentieth of its limit, and given back when somebody else needs the memory.
 *
 * <p>Safe for use by any thread.
 */
public final class Pager implements AutoCloseable {

    private static final int SPARE_SHARE = 20;
    private static final int MOST_FILES = 1 << 20;

    private final PagerOptions options;
    private final MemoryBudget budget;
    private final FramePool pool;
    private final AnonymousPages anonymous;
    private final Lanes lanes;
    private final int dirtyLimit;
    private final Set<PagedFile> files = new HashSet<>();
    private final Set<AddressSpace> spaces = new HashSet<>();
    private int nextNumber = 1;
    private boolean closed;

    /**
     * Makes a pager.
     *
     * @param budget for all it needs: that of the allocator
     * @param allocator where the memory of the frames comes from; stays open as long as the pager
     * @param tiers where anonymous pages go; without any they stay in memory
     * @throws io.vexel.base.CapacityException when the budget does not allow the first extent of frames
     */
    public static Pager create(PagerOptions options, MemoryBudget budget, PageAllocator allocator, PageTiers tiers) {
        StoredPages stored = new StoredPages(tiers, options.pageBytes());
        long spare = Math.min(budget.limitBytes() / SPARE_SHARE, (long) options.mostFrames() * options.pageBytes());
        FramePool pool = new FramePool(budget, options, new FrameMemory(allocator, options, spare));
        try {
            Lanes lanes = new Lanes(budget, (long) PagerOptions.MAX_AHEAD * options.pageBytes());
            try {
                AnonymousPages anonymous = new AnonymousPages(
                        pool, budget, stored, lanes, options.tuning().aheadPages());
                return new Pager(options, budget, pool, anonymous, lanes);
            } catch (RuntimeException | Error e) {
                lanes.close();
                throw e;
            }
        } catch (RuntimeException | Error e) {
            pool.close();
            throw e;
        }
    }

    private Pager(PagerOptions options, MemoryBudget budget, FramePool pool, AnonymousPages anonymous, Lanes lanes) {
        this.options = options;
        this.budget = budget;
        this.pool = pool;
        this.anonymous = anonymous;
        this.lanes = lanes;
        dirtyLimit =
                (int) Math.max(1, (long) options.mostFrames() * options.tuning().dirtyPercent() / 100);
        pool.lock();
        try {
            anonymous.makeZero();
        } catch (RuntimeException | Error e) {
            anonymous.close();
            throw e;
        } finally {
            pool.unlock();
        }
    }

    /** How the pager works. */
    public PagerOptions options() {
        return options;
    }

    /** Bytes of a page. */
    public int pageBytes() {
        return options.pageBytes();
    }

    FramePool pool() {
        return pool;
    }

    AnonymousPages anonymous() {
        return anonymous;
    }

    Lanes lanes() {
        return lanes;
    }

    MemoryBudget budget() {
        return budget;
    }

    /**
     * Pages of a file.
     *
     * @param pages how many it has now, 0..{@code mostPages}
     * @param mostPages how many it may grow to, up to 2^30; 8 bytes of addresses a page are reserved, and memory for those that it has
     * @throws io.vexel.base.CapacityException when the budget does not allow the page table
     */
    public PagedFile open(PageSource source, long pages, long mostPages) {
        Checks.inRange("mostPages", mostPages, 1, PageTable.MAX_PAGES);
        Checks.inRange("pages", pages, 0, mostPages);
        pool.lock();
        try {
            checkOpen();
            Checks.inRange("files opened", nextNumber, 1, MOST_FILES);
            PageTable table = new PageTable(budget, (int) mostPages);
            try {
                table.ensure(pages);
            } catch (RuntimeException e) {
                table.close();
                throw e;
            }
            PagedFile file = new PagedFile(this, nextNumber++, table, source, pages);
            files.add(file);
            return file;
        } finally {
            pool.unlock();
        }
    }

    /** With the lock. */
    void forget(PagedFile file) {
        files.remove(file);
    }

    boolean has(PagedFile file) {
        pool.lock();
        try {
            return files.contains(file);
        } finally {
            pool.unlock();
        }
    }

    /** An address space without mappings. */
    public AddressSpace newSpace() {
        pool.lock();
        try {
            checkOpen();
            AddressSpace space = new AddressSpace(this);
            add(space);
            return space;
        } finally {
            pool.unlock();
        }
    }

    /** With the lock. */
    void add(AddressSpace space) {
        spaces.add(space);
    }

    /** With the lock. */
    void forget(AddressSpace space) {
        spaces.remove(space);
    }

    private void checkOpen() {
        if (closed) {
            throw new ClosedException("the pager is closed");
        }
    }

    /** With the lock, which is given up meanwhile: who is about to write while too much is dirty writes some of it out first. */
    void throttle() {
        if (pool.dirtyFilePages() < dirtyLimit) {
            return;
        }
        pool.counts.throttled++;
        int frame = pool.nextDirty();
        if (frame != FramePool.NONE && pool.objectIn(frame) instanceof PagedFile file) {
            try {
                file.writeRun(pool.pageIn(frame));
            } catch (VexelException e) {
                // Counted. The pages stay dirty, and who flushes their file is told.
                pool.wake();
            }
        }
    }

    /** What there is, and what was done so far. */
    public PagerStatistics statistics() {
        pool.lock();
        try {
            FramePool.Counts counts = pool.counts;
            return new PagerStatistics(
                    pool.mostFrames(),
                    pool.heldFrames(),
                    pool.usedFrames(),
                    pool.dirtyFilePages(),
                    anonymous.count(),
                    new PagerStatistics.Faults(
                            counts.minor, counts.major, counts.compressed, counts.cow, counts.refaults),
                    new PagerStatistics.Traffic(
                            counts.evictions,
                            counts.writtenOut,
                            counts.spilled,
                            counts.ahead,
                            counts.aheadHits,
                            counts.aheadWasted,
                            counts.throttled),
                    new PagerStatistics.Failures(counts.failedReads, counts.failedWrites, counts.refused));
        } finally {
            pool.unlock();
        }
    }

    /** Frames and lanes that somebody uses, in words. */
    List<String> inUse() {
        pool.lock();
        try {
            List<String> inUse = new ArrayList<>(pool.pinned());
            if (lanes.taken() > 0) {
                inUse.add("page lanes taken: " + lanes.taken());
            }
            return inUse;
        } finally {
            pool.unlock();
        }
    }

    /**
     * Closes what is open, files as {@link PagedFile#close} does, and gives all memory back. Nobody uses any of it meanwhile or later. Swap stays
     * open.
     *
     * @throws IllegalStateException when a page is pinned all the same, naming each; everything is closed, and its memory given back
     */
    @Override
    public void close() {
        List<PagedFile> open;
        List<String> leaks;
        pool.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            open = new ArrayList<>(files);
            leaks = inUse();
            pool.dropPins();
            new ArrayList<>(spaces).forEach(AddressSpace::close);
        } finally {
            pool.unlock();
        }
        try {
            closeAll(open);
        } finally {
            anonymous.close();
            lanes.close();
            pool.close();
        }
        if (!leaks.isEmpty()) {
            throw new IllegalStateException("in use at close: " + String.join("; ", leaks) + ", allowed: nothing");
        }
    }

    private static void closeAll(List<PagedFile> open) {
        VexelException failure = null;
        for (PagedFile file : open) {
            try {
                file.close();
            } catch (VexelException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
