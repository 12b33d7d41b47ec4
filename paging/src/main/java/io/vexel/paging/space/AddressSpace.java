package io.vexel.paging.space;

import io.vexel.base.Bytes;
import io.vexel.base.Checks;
import io.vexel.base.ClosedException;
import io.vexel.paging.compression.PageClass;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongFunction;

/**
 * Mappings at addresses of their own, and nothing between them. A fork of a space has the same mappings at the same addresses, and what is written
 * to private ones in either is not seen in the other: a snapshot that costs the same however large the mappings are.
 *
 * <p>Safe for use by any thread, save that nobody may read a mapping that is being removed.
 */
public final class AddressSpace implements AutoCloseable {

    private final Pager pager;
    private final FramePool pool;
    /** By first page; with the pager's lock. */
    private final TreeMap<Long, Mapping> mappings = new TreeMap<>();
    /** Writes to private mappings that are under way. */
    private int writers;
    /** Threads that wait until there are none; new ones wait for them. */
    private int stills;

    private boolean closed;

    AddressSpace(Pager pager) {
        this.pager = pager;
        this.pool = pager.pool();
    }

    /**
     * Maps pages of zeros.
     *
     * @param bytes rounded up to pages, at least 1
     * @throws io.vexel.base.CapacityException when the budget has no memory for the page table
     */
    public Mapping mapAnonymous(long bytes) {
        return mapAnonymous(bytes, PageClass.BYTES);
    }

    /**
     * Maps pages of zeros.
     *
     * @param bytes rounded up to pages, at least 1
     * @param kind what will be written to them, so that they are compressed as suits it
     * @throws io.vexel.base.CapacityException when the budget has no memory for the page table
     */
    public Mapping mapAnonymous(long bytes, PageClass kind) {
        Checks.inRange("bytes", bytes, 1, (long) PageTable.MAX_PAGES * pager.pageBytes());
        return map(start -> new Mapping.Range(start, Bytes.ceilDiv(bytes, pager.pageBytes()), null, 0, kind), true);
    }

    /**
     * Maps pages of a file; what is written to them stays in this space.
     *
     * @param file of the same pager; stays open as long as the mapping
     * @param pages at least 1, all of them in the file
     */
    public Mapping mapPrivate(PagedFile file, long firstPage, long pages) {
        checkRange(file, firstPage, pages);
        return map(start -> new Mapping.Range(start, pages, file, firstPage, PageClass.BYTES), true);
    }

    /** Maps pages of a file; what is written to them is written to the file. */
    public Mapping mapShared(PagedFile file, long firstPage, long pages) {
        checkRange(file, firstPage, pages);
        return map(start -> new Mapping.Range(start, pages, file, firstPage, PageClass.BYTES), false);
    }

    private void checkRange(PagedFile file, long firstPage, long pages) {
        Checks.argument(pager.has(file), "file=" + file.source().name() + ", allowed: an open file of this pager");
        Checks.inRange("firstPage", firstPage, 0, file.pages() - 1);
        Checks.inRange("pages", pages, 1, file.pages() - firstPage);
    }

    private Mapping map(LongFunction<Mapping.Range> rangeAt, boolean isPrivate) {
        pool.lock();
        try {
            checkOpen();
            Mapping.Range range = rangeAt.apply(gap(rangeAt.apply(0).pages()));
            PageDirectory directory = isPrivate ? new PageDirectory(pager.budget(), range.pages()) : null;
            Mapping mapping = new Mapping(this, pager, range, directory);
            mappings.put(mapping.start(), mapping);
            return mapping;
        } finally {
            pool.unlock();
        }
    }

    /** The first page of the lowest gap that is large enough; one page stays free between mappings. */
    private long gap(long pages) {
        long start = 1;
        for (Mapping mapping : mappings.values()) {
            if (start + pages < mapping.start()) {
                break;
            }
            start = mapping.start() + mapping.pages() + 1;
        }
        return start;
    }

    /** Removes a mapping of this space. What was written to it is lost if it is private. */
    public void unmap(Mapping mapping) {
        pool.lock();
        try {
            checkOpen();
            Checks.argument(
                    mappings.get(mapping.start()) == mapping,
                    "mapping at page " + mapping.start() + ", allowed: one of this space");
            awaitStill();
            try {
                mappings.remove(mapping.start());
                mapping.release();
            } finally {
                goOn();
            }
        } finally {
            pool.unlock();
        }
    }

    /** A space with the same mappings. Waits for writes that are under way; what they wrote is in both. */
    public AddressSpace fork() {
        pool.lock();
        try {
            checkOpen();
            awaitStill();
            try {
                AddressSpace fork = new AddressSpace(pager);
                pager.add(fork);
                mappings.forEach((start, mapping) -> fork.mappings.put(start, mapping.forkInto(fork)));
                return fork;
            } finally {
                goOn();
            }
        } finally {
            pool.unlock();
        }
    }

    private void awaitStill() {
        stills++;
        while (writers > 0) {
            pool.await();
        }
    }

    private void goOn() {
        stills--;
        pool.wake();
    }

    /** With the pager's lock, which is given up meanwhile. */
    void beginWrite() {
        while (stills > 0) {
            pool.await();
        }
        checkOpen();
        writers++;
    }

    /** With the pager's lock. */
    void endWrite() {
        writers--;
        pool.wake();
    }

    void checkOpen() {
        if (closed) {
            throw new ClosedException("the address space is closed");
        }
    }

    /**
     * The mapping that begins at a page.
     *
     * @throws IllegalArgumentException when none does
     */
    public Mapping mappingAt(long startPage) {
        pool.lock();
        try {
            Mapping mapping = mappings.get(startPage);
            if (mapping == null) {
                throw new IllegalArgumentException("startPage=" + startPage + ", allowed: where a mapping begins");
            }
            return mapping;
        } finally {
            pool.unlock();
        }
    }

    /**
     * Copies bytes out of one mapping.
     *
     * @param address of the first byte: page times bytes of a page, and the offset in it
     * @throws IllegalArgumentException when some of the bytes are not mapped; nothing is copied then
     */
    public void read(long address, MemorySegment target) {
        Mapping mapping = mapping(address, target.byteSize());
        mapping.read(address - mapping.start() * pager.pageBytes(), target);
    }

    /**
     * Writes bytes into one mapping; see {@link Mapping#write}.
     *
     * @throws IllegalArgumentException when some of the bytes are not mapped; nothing is written then
     */
    public void write(long address, MemorySegment bytes) {
        Mapping mapping = mapping(address, bytes.byteSize());
        mapping.write(address - mapping.start() * pager.pageBytes(), bytes);
    }

    private Mapping mapping(long address, long bytes) {
        pool.lock();
        try {
            checkOpen();
            Map.Entry<Long, Mapping> entry = mappings.floorEntry(Math.floorDiv(address, (long) pager.pageBytes()));
            Mapping mapping = entry == null ? null : entry.getValue();
            if (mapping == null || address + bytes > (mapping.start() + mapping.pages()) * pager.pageBytes()) {
                throw new IllegalArgumentException(
                        "address=" + address + " bytes=" + bytes + ", allowed: within one mapping");
            }
            return mapping;
        } finally {
            pool.unlock();
        }
    }

    /** Removes all mappings. Forks stay. */
    @Override
    public void close() {
        pool.lock();
        try {
            if (!closed) {
                awaitStill();
                closed = true;
                new ArrayList<>(mappings.values()).forEach(Mapping::release);
                mappings.clear();
                pager.forget(this);
                goOn();
            }
        } finally {
            pool.unlock();
        }
    }
}
