package io.vexel.paging.space;

import static io.vexel.memory.raw.RawMemory.ALL;

import io.vexel.base.Checks;
import io.vexel.base.ClosedException;
import io.vexel.base.VexelException;
import io.vexel.memory.Region;
import io.vexel.paging.replacement.AccessHint;
import io.vexel.paging.replacement.ReplacementPolicy;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.Objects;

/**
 * The pages of a file in the frames of a pager: a page cache. Made by {@link Pager#open}. Safe for use by any thread, save that nobody may read
 * while it is closed.
 *
 * <p>What was written is dirty until it is written out to the source: when its frame is needed, when too much is dirty, or by {@link #flush}.
 */
public final class PagedFile extends PageObject implements PageView, AutoCloseable {

    /** Most pages that are brought in by one turn of {@link #prefetch}. */
    private static final int MOST_AT_ONCE = 64;

    private final Pager pager;
    private final FramePool pool;
    /** Of the table and the pool: a hit takes the shortest way. */
    private final long tableAddress;

    private final FrameMemory memory;
    private final ReplacementPolicy policy;
    private final PageSource source;
    private final int pageBytes;
    private final Streams streams;
    private volatile long pages;
    private boolean closed;

    /** Pages that are brought in together; in transit while the lock is not held. */
    private static final class Batch {
        final int[] pages;
        final int[] frames;
        final long[] before;
        final boolean[] there;
        int count;

        Batch(int most) {
            pages = new int[most];
            frames = new int[most];
            before = new long[most];
            there = new boolean[most];
        }

        void add(int page, int frame, long entryBefore) {
            pages[count] = page;
            frames[count] = frame;
            before[count++] = entryBefore;
        }

        /** The first index behind the run of consecutive pages that begins at one. */
        int runEnd(int start) {
            int end = start + 1;
            while (end < count && end - start < PagerOptions.MAX_AHEAD && pages[end] == pages[end - 1] + 1) {
                end++;
            }
            return end;
        }
    }

    PagedFile(Pager pager, int number, PageTable table, PageSource source, long pages) {
        super(number, table);
        this.pager = pager;
        this.pool = pager.pool();
        this.tableAddress = table.address();
        this.memory = pool.memory();
        this.policy = pool.policy();
        this.source = source;
        this.pageBytes = pager.pageBytes();
        this.streams = new Streams(pager.options().tuning().aheadPages());
        this.pages = pages;
    }

    /** Where the pages come from. */
    public PageSource source() {
        return source;
    }

    @Override
    public long pages() {
        return pages;
    }

    @Override
    public int pageBytes() {
        return pageBytes;
    }

    /**
     * The file has grown: pages behind its end so far can be read from now on.
     *
     * @param newPages at least as many as there are
     * @throws io.vexel.base.CapacityException when the table cannot grow so far
     */
    public void grow(long newPages) {
        pool.lock();
        try {
            Checks.inRange("pages", newPages, pages, table().mostPages());
            table().ensure(newPages);
            pages = newPages;
        } finally {
            pool.unlock();
        }
    }

    @Override
    public long tryRead(long page) {
        long entry = PageTable.get(tableAddress, Objects.checkIndex(page, pages));
        if (!PageEntry.isResident(entry)) {
            return ABSENT;
        }
        policy.touched(PageEntry.frame(entry));
        return entry;
    }

    @Override
    public long peek(long page) {
        long entry = table().get(Objects.checkIndex(page, pages));
        return PageEntry.isResident(entry) ? entry : ABSENT;
    }

    @Override
    public long address(long stamp) {
        return memory.address(PageEntry.frame(stamp));
    }

    @Override
    public boolean validate(long page, long stamp) {
        VarHandle.acquireFence();
        return PageTable.get(tableAddress, page) == stamp;
    }

    @Override
    public long fault(long page, AccessHint hint) {
        Objects.checkIndex(page, pages);
        pool.lock();
        try {
            return present((int) page, hint);
        } finally {
            pool.unlock();
        }
    }

    /** With the lock, which is given up meanwhile: brings a page in and gives its entry. */
    long present(int page, AccessHint hint) {
        boolean counted = false;
        while (true) {
            checkOpen();
            long entry = table().get(page);
            switch (PageEntry.state(entry)) {
                case PageEntry.RESIDENT -> {
                    if (hint == AccessHint.DEMAND) {
                        pool.touched(PageEntry.frame(entry));
                    }
                    return entry;
                }
                case PageEntry.AHEAD -> {
                    pool.counts.minor += counted ? 0 : 1;
                    counted = true;
                    pool.askedFor(PageEntry.frame(entry));
                }
                case PageEntry.IN_TRANSIT, PageEntry.WRITING -> {
                    pool.counts.minor += counted ? 0 : 1;
                    counted = true;
                    pool.await();
                }
                default -> {
                    if (pool.hasFree()) {
                        counted = true;
                        load(page, entry, hint);
                    } else {
                        pool.makeFree(key(page), FramePool.NONE);
                    }
                }
            }
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new ClosedException("the paged file over " + source.name() + " is closed");
        }
    }

    /** With the lock, which is given up meanwhile: reads a page, and those behind it when pages were asked for in order. */
    private void load(int page, long entry, AccessHint hint) {
        pool.counts.major++;
        long left = PageEntry.place(entry);
        if (left != 0 && ((pool.counts.evictions - left) & PageEntry.MAX_PLACE) < pool.mostFrames()) {
            pool.counts.refaults++;
        }
        if (hint == AccessHint.SCAN) {
            streams.scan(page);
        }
        int window = hint == AccessHint.SCAN ? pager.options().tuning().aheadPages() : streams.ahead(page);
        Batch batch = new Batch(1 + window);
        batch.add(page, pool.take(this, page), entry);
        long end = Math.min(pages, page + 1L + window);
        for (int next = page + 1; next < end && addIfAway(batch, next); next++) {}
        streams.readTo(page + batch.count);
        bring(batch, 1, hint);
    }

    private boolean addIfAway(Batch batch, int page) {
        long entry = table().get(page);
        if (PageEntry.state(entry) != PageEntry.HOME || !pool.tryFree(key(page))) {
            return false;
        }
        batch.add(page, pool.take(this, page), entry);
        return true;
    }

    /**
     * With the lock, which is given up meanwhile: reads the pages of a batch.
     *
     * @param demanded how many of the first pages somebody asked for: when they cannot be read, that is an error
     */
    private void bring(Batch batch, int demanded, AccessHint hint) {
        pool.unlock();
        try {
            bringTogether(batch);
            for (int start = 0; start < batch.count; ) {
                int end = batch.runEnd(start);
                if (!batch.there[start]) {
                    bringRun(batch, start, end, start < demanded);
                }
                start = end;
            }
        } finally {
            pool.lock();
            for (int i = 0; i < batch.count; i++) {
                if (!batch.there[i]) {
                    pool.abandon(batch.frames[i], batch.before[i]);
                } else if (i < demanded) {
                    pool.settle(batch.frames[i], hint);
                } else {
                    pool.counts.ahead++;
                    pool.settleAhead(batch.frames[i], hint);
                }
            }
        }
    }

    /** Reads the pages that no other of the batch is beside, at once where the source can; when one of them fails, each is left to be read alone. */
    private void bringTogether(Batch batch) {
        int[] alone = new int[batch.count];
        int count = 0;
        for (int start = 0; start < batch.count; start = batch.runEnd(start)) {
            if (batch.runEnd(start) == start + 1) {
                alone[count++] = start;
            }
        }
        if (count < 2) {
            return;
        }
        long[] numbers = new long[count];
        MemorySegment[] targets = new MemorySegment[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = batch.pages[alone[i]];
            targets[i] = pool.segment(batch.frames[alone[i]]);
        }
        try {
            source.readMany(numbers, targets, count);
        } catch (VexelException e) {
            return;
        }
        for (int i = 0; i < count; i++) {
            batch.there[alone[i]] = true;
        }
    }

    private void bringRun(Batch batch, int start, int end, boolean demanded) {
        try {
            readRun(batch, start, end);
        } catch (VexelException e) {
            countFailedRead();
            if (!demanded) {
                return;
            }
            if (end == start + 1) {
                throw e;
            }
            // What lies behind may be what cannot be read.
            try {
                readRun(batch, start, start + 1);
            } catch (VexelException again) {
                countFailedRead();
                throw again;
            }
        }
    }

    private void countFailedRead() {
        pool.lock();
        pool.counts.failedReads++;
        pool.unlock();
    }

    private void readRun(Batch batch, int start, int end) {
        int count = end - start;
        if (count == 1) {
            source.read(batch.pages[start], pool.segment(batch.frames[start]));
        } else {
            Region lane = pager.lanes().take();
            try {
                MemorySegment buffer = Lanes.pages(lane, count, pageBytes);
                source.read(batch.pages[start], buffer);
                for (int i = 0; i < count; i++) {
                    MemorySegment.copy(
                            buffer, (long) i * pageBytes, pool.segment(batch.frames[start + i]), 0, pageBytes);
                }
            } finally {
                pager.lanes().giveBack(lane);
            }
        }
        Arrays.fill(batch.there, start, end, true);
    }

    /**
     * Brings in pages that will soon be asked for, those that lie side by side by one read of the source and the others by reads at once. It waits for the reads, and for nothing
     * else: pages for which no frame is free or can be had from a clean page at once are passed over, and so are those that cannot be read.
     * Costs a look at each entry when all are in memory.
     *
     * @param numbers of pages, in any order
     * @param count how many of them
     * @return pages that were brought in
     */
    public int prefetch(long[] numbers, int count) {
        int[] away = null;
        int found = 0;
        for (int i = 0; i < count; i++) {
            if (PageEntry.state(table().get(Objects.checkIndex(numbers[i], pages))) == PageEntry.HOME) {
                if (away == null) {
                    away = new int[count - i];
                }
                away[found++] = (int) numbers[i];
            }
        }
        return away == null ? 0 : prefetch(away, found);
    }

    private int prefetch(int[] away, int found) {
        Arrays.sort(away, 0, found);
        int brought = 0;
        for (int from = 0; from < found; from += MOST_AT_ONCE) {
            Batch batch = new Batch(Math.min(MOST_AT_ONCE, found - from));
            pool.lock();
            try {
                checkOpen();
                for (int i = from; i < Math.min(found, from + MOST_AT_ONCE); i++) {
                    addIfAway(batch, away[i]);
                }
                bring(batch, 0, AccessHint.DEMAND);
            } finally {
                pool.unlock();
            }
            for (int i = 0; i < batch.count; i++) {
                brought += batch.there[i] ? 1 : 0;
            }
        }
        return brought;
    }

    /**
     * Writes bytes into pages. They are dirty afterwards. Who writes while too much is dirty writes some of it out first.
     *
     * @param offset of the first byte, from the start of page 0; all of them lie within the pages
     * @throws VexelException when a page cannot be brought in; pages before it have been written to
     */
    public void write(long offset, MemorySegment bytes) {
        Checks.inRange("offset", offset, 0, pages * pageBytes);
        Checks.inRange("bytes", bytes.byteSize(), 0, pages * pageBytes - offset);
        long done = 0;
        while (done < bytes.byteSize()) {
            int page = (int) ((offset + done) / pageBytes);
            int inPage = (int) ((offset + done) % pageBytes);
            long length = Math.min(pageBytes - inPage, bytes.byteSize() - done);
            int frame = beginWrite(page, length == pageBytes);
            try {
                MemorySegment.copy(
                        bytes,
                        ValueLayout.JAVA_BYTE,
                        done,
                        ALL,
                        ValueLayout.JAVA_BYTE,
                        pool.address(frame) + inPage,
                        length);
            } finally {
                endWrite(frame);
            }
            done += length;
        }
    }

    private int beginWrite(int page, boolean whole) {
        pool.lock();
        try {
            pager.throttle();
            while (true) {
                checkOpen();
                long entry = table().get(page);
                int frame = PageEntry.frame(entry);
                if (PageEntry.state(entry) == PageEntry.HOME && whole && pool.hasFree()) {
                    frame = pool.take(this, page);
                    pool.settleWriting(frame);
                    pool.counts.minor++;
                    return frame;
                } else if (PageEntry.inFrame(entry) && pool.mayWriteInto(frame)) {
                    pool.beginWrite(frame);
                    return frame;
                } else if (PageEntry.inFrame(entry)) {
                    pool.await();
                } else if (PageEntry.state(entry) == PageEntry.HOME && whole) {
                    pool.makeFree(key(page), FramePool.NONE);
                } else {
                    present(page, AccessHint.DEMAND);
                }
            }
        } finally {
            pool.unlock();
        }
    }

    private void endWrite(int frame) {
        pool.lock();
        try {
            pool.endWrite(frame);
        } finally {
            pool.unlock();
        }
    }

    /**
     * Writes out all that is dirty. Whether it is durable then is the source's affair.
     *
     * @throws VexelException when it cannot be written; what was not stays dirty
     */
    public void flush() {
        pool.lock();
        try {
            writeAll();
        } finally {
            pool.unlock();
        }
    }

    private void writeAll() {
        for (int frame = 0; frame < pool.mostFrames(); frame++) {
            while (pool.objectIn(frame) == this && pool.isDirty(frame)) {
                if (pool.mayWriteOut(frame)) {
                    writeRun(pool.pageIn(frame));
                } else {
                    pool.await();
                }
            }
        }
    }

    /** With the lock, which is given up meanwhile: writes out a dirty page, and those beside it that are dirty too, by one write. */
    void writeRun(int page) {
        pool.setBusy(PageEntry.frame(table().get(page)));
        boolean written = false;
        try {
            writeWithNeighbors(page);
            written = true;
        } finally {
            pool.wroteOut(PageEntry.frame(table().get(page)), written);
        }
    }

    /** With the lock, which is given up meanwhile: writes out a busy page; pages beside it that are dirty become clean with it. */
    private void writeWithNeighbors(int page) {
        int first = page;
        while (page - first < PagerOptions.MAX_AHEAD / 2 && first > 0 && mayWriteOut(first - 1)) {
            first--;
        }
        int end = page + 1;
        while (end - first < PagerOptions.MAX_AHEAD && end < pages && mayWriteOut(end)) {
            end++;
        }
        int[] frames = new int[end - first];
        for (int i = 0; i < frames.length; i++) {
            frames[i] = PageEntry.frame(table().get(first + i));
            if (first + i != page) {
                pool.setBusy(frames[i]);
            }
        }
        boolean written = false;
        pool.unlock();
        try {
            writeFrames(first, frames);
            written = true;
        } finally {
            pool.lock();
            for (int i = 0; i < frames.length; i++) {
                if (first + i != page) {
                    pool.wroteOut(frames[i], written);
                }
            }
        }
    }

    private boolean mayWriteOut(int page) {
        long entry = table().get(page);
        return PageEntry.inFrame(entry) && pool.mayWriteOut(PageEntry.frame(entry));
    }

    private void writeFrames(int first, int[] frames) {
        if (frames.length == 1) {
            source.write(first, pool.segment(frames[0]));
            return;
        }
        Region lane = pager.lanes().take();
        try {
            MemorySegment buffer = Lanes.pages(lane, frames.length, pageBytes);
            for (int i = 0; i < frames.length; i++) {
                MemorySegment.copy(pool.segment(frames[i]), 0, buffer, (long) i * pageBytes, pageBytes);
            }
            source.write(first, buffer);
        } finally {
            pager.lanes().giveBack(lane);
        }
    }

    @Override
    long entryAway(int page, int frame) {
        // When it left, so that a page that comes back soon is told from one that was gone for long.
        return PageEntry.away(PageEntry.HOME, Math.max(1, pool.counts.evictions & PageEntry.MAX_PLACE));
    }

    @Override
    long writeOut(int page, MemorySegment bytes) {
        pool.lock();
        try {
            writeWithNeighbors(page);
        } finally {
            pool.unlock();
        }
        return 0;
    }

    @Override
    void wroteOut(int page, int frame, long where) {
        // It is at home now.
    }

    @Override
    boolean isDropped(int page) {
        return false;
    }

    @Override
    void dropped(int page, int frame) {
        throw new AssertionError("pages of files are not dropped one by one");
    }

    /**
     * Writes out what is dirty, and gives up the frames. Nobody uses the file meanwhile or later.
     *
     * @throws VexelException when something cannot be written out; it is lost, and the file is closed all the same
     */
    @Override
    public void close() {
        pool.lock();
        try {
            if (closed) {
                return;
            }
            try {
                writeAll();
            } finally {
                closed = true;
                giveUpFrames();
                pager.forget(this);
                table().close();
            }
        } finally {
            pool.unlock();
        }
    }

    /**
     * Lets go of pages whose source has changed, so that who reads them afterwards gets what is there now. Waits for those that are on their way.
     * Pages that have to be written out stay.
     *
     * @param first number of the first page
     * @param count how many; those behind the last page are passed over
     */
    public void forget(long first, long count) {
        pool.lock();
        try {
            long end = Math.min(pages, first + count);
            for (long page = Checks.inRange("first", first, 0, Long.MAX_VALUE); page < end; page++) {
                forget(page);
            }
        } finally {
            pool.unlock();
        }
    }

    private void forget(long page) {
        while (true) {
            checkOpen();
            long entry = table().get(page);
            int frame = PageEntry.frame(entry);
            boolean inFrame = PageEntry.inFrame(entry);
            if (PageEntry.state(entry) == PageEntry.HOME || (inFrame && pool.isDirty(frame))) {
                return;
            }
            if (inFrame && !pool.isPinned(frame) && !pool.isBusy(frame)) {
                table().set(page, PageEntry.away(PageEntry.HOME, 0));
                pool.drop(frame);
                return;
            }
            pool.await();
        }
    }

    private void giveUpFrames() {
        for (int frame = 0; frame < pool.mostFrames(); frame++) {
            while (pool.objectIn(frame) == this) {
                long entry = table().get(pool.pageIn(frame));
                if (PageEntry.inFrame(entry) && !pool.isPinned(frame) && pool.drop(frame)) {
                    break;
                }
                pool.await();
            }
        }
    }
}
