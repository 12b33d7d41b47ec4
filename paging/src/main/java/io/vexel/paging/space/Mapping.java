package io.vexel.paging.space;

import static io.vexel.memory.raw.RawMemory.ALL;

import io.vexel.base.Checks;
import io.vexel.paging.compression.PageClass;
import io.vexel.paging.replacement.AccessHint;
import io.vexel.paging.replacement.ReplacementPolicy;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Consecutive pages of an address space. What they are at first depends on the kind: pages of zeros, or those of a file. A page of zeros takes no
 * frame. What is written to a <i>private</i> mapping is seen there and in forks made later; what is written to a <i>shared</i> one is written to
 * the file. A private mapping sees what others write to the file in pages that it has not written to itself.
 *
 * <p>Safe for use by any thread, save that nobody may use a mapping that is being removed.
 */
public final class Mapping implements PageView {

    /** More tries than this to find a page and a free frame at once mean that frames are too few. */
    private static final int MOST_TRIES = 64;

    private final AddressSpace space;
    private final Pager pager;
    private final FramePool pool;
    /** Of the pool: a hit takes the shortest way. */
    private final FrameMemory memory;

    private final ReplacementPolicy policy;
    private final AnonymousPages anonymous;
    /** Of the anonymous pages; beside it, so that a hit follows few references. */
    private final long tableAddress;

    private final long start;
    private final long pages;
    private final @Nullable PagedFile file;
    private final long firstFilePage;
    private final PageClass kind;
    /** Null when the mapping is shared; with the pager's lock. */
    private @Nullable PageDirectory directory;
    /** Those of the directory, for readers. */
    private volatile int @Nullable [] @Nullable [] leaves;

    /**
     * What a mapping maps.
     *
     * @param start first page in the address space
     * @param pages how many
     * @param file null when the pages are anonymous
     * @param firstFilePage the file's page that is the first one here
     * @param kind what lies in the pages
     */
    record Range(long start, long pages, @Nullable PagedFile file, long firstFilePage, PageClass kind) {}

    Mapping(AddressSpace space, Pager pager, Range range, @Nullable PageDirectory directory) {
        this.space = space;
        this.pager = pager;
        this.pool = pager.pool();
        this.memory = pool.memory();
        this.policy = pool.policy();
        this.anonymous = pager.anonymous();
        this.tableAddress = anonymous.table().address();
        this.start = range.start;
        this.pages = range.pages;
        this.file = range.file;
        this.firstFilePage = range.firstFilePage;
        this.kind = range.kind;
        this.directory = directory;
        this.leaves = directory == null ? null : directory.leaves();
    }

    /** The first page in the address space. */
    public long start() {
        return start;
    }

    @Override
    public long pages() {
        return pages;
    }

    @Override
    public int pageBytes() {
        return pager.pageBytes();
    }

    /** With the pager's lock. */
    Mapping forkInto(AddressSpace other) {
        PageDirectory shared = directory;
        return new Mapping(
                other,
                pager,
                new Range(start, pages, file, firstFilePage, kind),
                shared == null ? null : shared.share());
    }

    /** With the pager's lock. */
    void release() {
        PageDirectory last = directory;
        if (last != null) {
            last.release(anonymous);
        }
    }

    /** The entry that says where a page is now. */
    private long entry(long page) {
        int[] @Nullable [] own = leaves;
        if (own != null) {
            int id = PageDirectory.get(own, page);
            if (id != AnonymousPages.ZERO || file == null) {
                return PageTable.get(tableAddress, id);
            }
        }
        return fileTable().get(firstFilePage + page);
    }

    private PageTable fileTable() {
        return Objects.requireNonNull(file).table();
    }

    @Override
    public long tryRead(long page) {
        long entry = entry(Objects.checkIndex(page, pages));
        if (!PageEntry.isResident(entry)) {
            return ABSENT;
        }
        policy.touched(PageEntry.frame(entry));
        return entry;
    }

    @Override
    public long peek(long page) {
        long entry = entry(Objects.checkIndex(page, pages));
        return PageEntry.isResident(entry) ? entry : ABSENT;
    }

    @Override
    public long address(long stamp) {
        return memory.address(PageEntry.frame(stamp));
    }

    /** Goes the whole way again: a frame that is what it was may be another mapping's page by now, and written to there. */
    @Override
    public boolean validate(long page, long stamp) {
        VarHandle.acquireFence();
        return entry(page) == stamp;
    }

    @Override
    public long fault(long page, AccessHint hint) {
        Objects.checkIndex(page, pages);
        pool.lock();
        try {
            space.checkOpen();
            long entry;
            do {
                entry = present(page, hint);
            } while (!PageEntry.isResident(entry));
            return entry;
        } finally {
            pool.unlock();
        }
    }

    /** With the lock, which is given up meanwhile. The entry may be out of date. */
    private long present(long page, AccessHint hint) {
        PageDirectory own = directory;
        int id = own == null ? AnonymousPages.ZERO : own.get(page);
        if (own != null && (id != AnonymousPages.ZERO || file == null)) {
            return anonymous.present(id, hint);
        }
        return Objects.requireNonNull(file).present((int) (firstFilePage + page), hint);
    }

    /**
     * Writes bytes into pages. A fork sees all of them or none.
     *
     * @param offset of the first byte, from the start of page 0; all of them lie within the mapping
     * @throws io.vexel.base.CapacityException when there is no frame, or no memory for the page table; pages before have been written to
     * @throws io.vexel.base.VexelException when a page cannot be brought in
     */
    public void write(long offset, MemorySegment bytes) {
        Checks.inRange("offset", offset, 0, pages * pageBytes());
        Checks.inRange("bytes", bytes.byteSize(), 0, pages * pageBytes() - offset);
        if (directory == null) {
            Objects.requireNonNull(file).write(firstFilePage * pageBytes() + offset, bytes);
            return;
        }
        pool.lock();
        try {
            space.beginWrite();
            try {
                writePieces(offset, bytes);
            } finally {
                space.endWrite();
            }
        } finally {
            pool.unlock();
        }
    }

    private void writePieces(long offset, MemorySegment bytes) {
        int pageBytes = pageBytes();
        long done = 0;
        while (done < bytes.byteSize()) {
            long page = (offset + done) / pageBytes;
            int inPage = (int) ((offset + done) % pageBytes);
            long length = Math.min(pageBytes - inPage, bytes.byteSize() - done);
            int frame = beginWrite(page, length == pageBytes);
            pool.unlock();
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
                pool.lock();
                pool.endWrite(frame);
            }
            done += length;
        }
    }

    /**
     * With the lock, which is given up meanwhile: sees to it that a page belongs to this mapping alone, and begins to write to it.
     *
     * @param whole whether all of it is going to be overwritten
     * @return its frame
     */
    private int beginWrite(long page, boolean whole) {
        for (int tries = 0; tries < MOST_TRIES; ) {
            PageDirectory own = own(page);
            int id = own.get(page);
            if (mustCopy(id)) {
                int frame = tryCopy(page, id, whole);
                if (frame != FramePool.NONE) {
                    return frame;
                }
                tries++;
                continue;
            }
            long entry = anonymous.table().get(id);
            int frame = PageEntry.frame(entry);
            if (!PageEntry.inFrame(entry)) {
                anonymous.present(id, AccessHint.DEMAND);
                tries++;
            } else if (!pool.mayWriteInto(frame)) {
                pool.await();
            } else {
                anonymous.forgetStored(frame);
                pool.beginWrite(frame);
                return frame;
            }
        }
        throw new io.vexel.base.CapacityException("page frames for a copy", 2, pool.mostFrames());
    }

    /** With the lock: the directory, with a leaf for the page, neither of them shared. */
    private PageDirectory own(long page) {
        PageDirectory own = Objects.requireNonNull(directory);
        if (own.isShared()) {
            own = own.unshare();
            directory = own;
            leaves = own.leaves();
        }
        own.own(page, anonymous);
        return own;
    }

    /**
     * With the lock, which is given up meanwhile: copies a page that others see too, into a page of this mapping's own.
     *
     * @return the frame of the copy, in which writing has begun; {@link FramePool#NONE} when something changed meanwhile
     */
    private int tryCopy(long page, int id, boolean whole) {
        int source = FramePool.NONE;
        boolean zeros = id == AnonymousPages.ZERO && file == null;
        if (!zeros && !whole) {
            long entry = entry(page);
            if (!PageEntry.isResident(entry)) {
                present(page, AccessHint.DEMAND);
                return FramePool.NONE;
            }
            source = PageEntry.frame(entry);
        }
        if (!pool.hasFree()) {
            pool.makeFree(anonymous.key(id), source);
            if (!pool.hasFree()) {
                return FramePool.NONE;
            }
            // The lock was given up, perhaps.
            return tryCopyAgain(page, id, whole);
        }
        return copy(page, id, source, whole);
    }

    private int tryCopyAgain(long page, int id, boolean whole) {
        return own(page).get(page) == id && mustCopy(id) ? tryCopy(page, id, whole) : FramePool.NONE;
    }

    /** With the lock: whether others see what is written to the page. When they no longer do, another thread may be writing into its frame. */
    private boolean mustCopy(int id) {
        return id == AnonymousPages.ZERO || anonymous.isShared(id);
    }

    private int copy(long page, int id, int source, boolean whole) {
        int copyId = anonymous.allocate(kind);
        int frame = pool.take(anonymous, copyId);
        if (source != FramePool.NONE) {
            pool.pin(source);
        }
        pool.unlock();
        if (source != FramePool.NONE) {
            MemorySegment.copy(ALL, pool.address(source), ALL, pool.address(frame), pageBytes());
        } else if (!whole) {
            pool.segment(frame).fill((byte) 0);
        }
        pool.lock();
        if (source != FramePool.NONE) {
            pool.unpin(source);
        }
        PageDirectory own = Objects.requireNonNull(directory);
        if (own.get(page) != id || !mustCopy(id)) {
            // Another thread was faster, or the last fork that saw the page is closed.
            anonymous.release(copyId);
            pool.abandon(frame, PageEntry.away(PageEntry.HOME, 0));
            return FramePool.NONE;
        }
        own.set(page, copyId);
        if (id == AnonymousPages.ZERO && file == null) {
            pool.counts.minor++;
        } else {
            pool.counts.cow++;
        }
        if (id != AnonymousPages.ZERO) {
            anonymous.release(id);
        }
        pool.settleWriting(frame);
        return frame;
    }
}
