package io.vexel.collection.store;

import static io.vexel.memory.raw.RawMemory.ALL;

import io.vexel.base.Bytes;
import io.vexel.base.CapacityException;
import io.vexel.filesystem.FileSystem;
import io.vexel.paging.replacement.AccessHint;
import io.vexel.paging.space.PageView;
import io.vexel.paging.space.PagedFile;
import io.vexel.paging.space.Pager;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Single rows of a collection through the page cache of its volume. A page holds as many whole rows as fit when that fills most of it, so that a row
 * costs one look and one read; otherwise a piece of the file, and rows lie across pages.
 *
 * <p>Invariant: a page is in the cache only when all of its bytes belong to rows that are durable. Such rows never change, so no page is ever out of
 * date, but for those of rows that were given up, which are {@linkplain #forget forgotten} when their blocks were. Rows of the last page, which
 * still grows, are read from the file.
 *
 * <p>{@code file} is volatile and set with the lock, which is only tried: who comes meanwhile does without. Pages are added with it, too.
 */
final class VectorPages implements AutoCloseable {

    /** At least so much of a page is rows where rows do not lie across pages. */
    private static final double LEAST_FILLED = 0.75;

    /** A row whose page leaves so often while it is copied is read from the file instead. */
    private static final int MOST_TRIES = 8;

    private static final long MOST_ROWS = 1L << 31;
    private static final int MOST_PAGES = 1 << 30;

    private final FileSystem files;
    private final long inode;
    private final int rowBytes;
    private final VectorPager cache;
    private final ChunkMemory chunks;
    private final ReentrantLock opening = new ReentrantLock();
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private volatile Optional<Paged> paged = Optional.empty();
    private boolean closed;

    /** @param contentBytes bytes of the file {@code vectors} in a page */
    private record Paged(PagedFile file, int contentBytes) {}

    VectorPages(StoreContext context, long inode, int rowBytes) {
        this.files = context.files();
        this.inode = inode;
        this.rowBytes = rowBytes;
        this.cache = context.pager();
        this.chunks = context.chunks();
    }

    /** Rows that were read and were in memory. */
    long hits() {
        return hits.sum();
    }

    /** Rows that were read and were not, or not all of them. */
    long misses() {
        return misses.sum();
    }

    /**
     * Copies a row.
     *
     * @param rowCount durable rows; the row is one of them
     * @return false when it is to be read from the file: there is no memory for the cache, or its page is not full yet
     * @throws io.vexel.base.VexelException what reading the file throws
     */
    boolean read(long ordinal, MemorySegment target, long rowCount) {
        Optional<Paged> present = paged.isPresent() ? paged : open();
        if (present.isEmpty()) {
            return false;
        }
        Paged pages = present.get();
        long offset = ordinal * rowBytes;
        long last = (offset + rowBytes - 1) / pages.contentBytes;
        if (last >= pages.file.pages() && !grow(pages, last, rowCount)) {
            return false;
        }
        return copy(pages, offset, target);
    }

    /**
     * Copies rows that may lie anywhere, as {@link #read} does one by one; pages that are not in memory are read together.
     *
     * @param ordinals of the rows; afterwards those that are to be read from the file come first
     * @param targets of the rows, a row each, in the same order
     * @param rowCount as for {@link #read}
     * @return rows that are to be read from the file
     */
    int readMany(long[] ordinals, MemorySegment[] targets, int count, long rowCount) {
        (paged.isPresent() ? paged : open()).ifPresent(pages -> bringIn(pages, ordinals, count, rowCount));
        int left = 0;
        for (int i = 0; i < count; i++) {
            if (!read(ordinals[i], targets[i], rowCount)) {
                ordinals[left] = ordinals[i];
                targets[left++] = targets[i];
            }
        }
        return left;
    }

    private void bringIn(Paged pages, long[] ordinals, int count, long rowCount) {
        long[] numbers = new long[count * (2 + rowBytes / pages.contentBytes)];
        int found = 0;
        for (int i = 0; i < count; i++) {
            long offset = ordinals[i] * rowBytes;
            long last = (offset + rowBytes - 1) / pages.contentBytes;
            if (last < pages.file.pages() || grow(pages, last, rowCount)) {
                for (long page = offset / pages.contentBytes; page <= last; page++) {
                    numbers[found++] = page;
                }
            }
        }
        pages.file.prefetch(numbers, found);
    }

    private boolean copy(Paged pages, long offset, MemorySegment target) {
        boolean hit = true;
        int done = 0;
        while (done < rowBytes) {
            long page = (offset + done) / pages.contentBytes;
            int inPage = (int) ((offset + done) % pages.contentBytes);
            int length = Math.min(pages.contentBytes - inPage, rowBytes - done);
            MemorySegment part = target.asSlice(done, length);
            if (!tryCopy(pages.file, page, inPage, part)) {
                hit = false;
                if (!copyAfterFault(pages.file, page, inPage, part)) {
                    return false;
                }
            }
            done += length;
        }
        (hit ? hits : misses).increment();
        return true;
    }

    private static boolean tryCopy(PagedFile file, long page, int inPage, MemorySegment target) {
        long stamp = file.tryRead(page);
        return stamp != PageView.ABSENT && copy(file, page, stamp, inPage, target);
    }

    private static boolean copy(PagedFile file, long page, long stamp, int inPage, MemorySegment target) {
        MemorySegment.copy(
                ALL,
                ValueLayout.JAVA_BYTE,
                file.address(stamp) + inPage,
                target,
                ValueLayout.JAVA_BYTE,
                0,
                target.byteSize());
        return file.validate(page, stamp);
    }

    private boolean copyAfterFault(PagedFile file, long page, int inPage, MemorySegment target) {
        // Pages serve rows better than chunks of which not all fit.
        chunks.want(cache.bytesToGrow());
        try {
            for (int tries = 0; tries < MOST_TRIES; tries++) {
                if (copy(file, page, file.fault(page, AccessHint.DEMAND), inPage, target)) {
                    return true;
                }
            }
        } catch (CapacityException e) {
            // All frames are on their way for other threads.
            return false;
        }
        return false;
    }

    private Optional<Paged> open() {
        Optional<Pager> pager = cache.pagerNow();
        if (pager.isEmpty() || !opening.tryLock()) {
            return Optional.empty();
        }
        try {
            if (paged.isEmpty() && !closed) {
                paged = open(pager.get());
            }
            return paged;
        } finally {
            opening.unlock();
        }
    }

    /** The table may grow to what the collection may; where the system has no such range of addresses, to less. */
    private Optional<Paged> open(Pager pager) {
        int contentBytes = contentBytes(pager.pageBytes());
        long most = Math.min(MOST_PAGES, Bytes.ceilDiv(MOST_ROWS * rowBytes, contentBytes));
        while (true) {
            try {
                return Optional.of(new Paged(
                        pager.open(files.pages(inode, contentBytes, pager.pageBytes()), 0, most), contentBytes));
            } catch (CapacityException e) {
                if (most == 1) {
                    return Optional.empty();
                }
                most = Math.max(1, most / 2);
            }
        }
    }

    /** Bytes of the file in a page. */
    private int contentBytes(int pageBytes) {
        int whole = pageBytes / rowBytes * rowBytes;
        return whole >= LEAST_FILLED * pageBytes ? whole : pageBytes;
    }

    /** Adds the pages that are full, if that page is among them. */
    private boolean grow(Paged pages, long page, long rowCount) {
        if (!opening.tryLock()) {
            return false;
        }
        try {
            long full = rowCount * rowBytes / pages.contentBytes;
            if (page >= full || closed) {
                return false;
            }
            if (full > pages.file.pages()) {
                pages.file.grow(full);
            }
            return true;
        } catch (CapacityException e) {
            return false;
        } finally {
            opening.unlock();
        }
    }

    /** Lets go of pages that hold bytes of a range of the file whose blocks were given back. */
    void forget(long offset, long bytes) {
        paged.ifPresent(pages -> {
            long first = offset / pages.contentBytes;
            pages.file.forget(first, Bytes.ceilDiv(offset + bytes, pages.contentBytes) - first);
        });
    }

    /** Gives its frames back; nobody reads any more. */
    @Override
    public void close() {
        opening.lock();
        try {
            closed = true;
            paged.ifPresent(pages -> pages.file.close());
            paged = Optional.empty();
        } finally {
            opening.unlock();
        }
    }
}
