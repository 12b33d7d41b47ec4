package io.vexel.collection.indexing;

import static io.vexel.memory.raw.RawMemory.ALL;

import io.vexel.base.CapacityException;
import io.vexel.filesystem.FileSystem;
import io.vexel.index.DerivedIndex.CheckpointSink;
import io.vexel.index.SavedPages;
import io.vexel.index.SavedPieces;
import io.vexel.paging.replacement.AccessHint;
import io.vexel.paging.space.PageView;
import io.vexel.paging.space.PagedFile;
import io.vexel.paging.space.Pager;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The pages of a checkpoint through the page cache of the volume. Bytes are copied and then looked at twice, as {@link PageView} has it. What comes from
 * the device is verified by the checksums of its blocks.
 *
 * <p>Invariant: nothing is written to the slots of these pages and their file is not removed while this is open, so no page of the cache is ever out of
 * date.
 */
final class CachedPages implements SavedPages {

    /** A page that leaves so often while it is copied is read from the file instead. */
    private static final int MOST_TRIES = 8;

    private static final int SLOT_BYTES = CheckpointSink.PAGE_BYTES;
    private static final int SPACES = 8;
    private static final int NO_SLOT = -1;
    private static final long[] NONE = {};

    private final FileSystem files;
    private final long inode;
    private final IndexedRows.PageCache cache;
    private final PagedFile file;
    private final int cachedBytes;

    /** Slots by space and page. */
    private final int[][] slots;

    /**
     * Opens the pages of a checkpoint.
     *
     * @param inode of the file with the slots
     * @throws CapacityException when there is no memory for the table of its pages
     */
    CachedPages(FileSystem files, long inode, CheckpointHead checkpoint, IndexedRows.PageCache cache, Pager pager) {
        this.files = files;
        this.inode = inode;
        this.cache = cache;
        slots = slots(checkpoint);
        cachedBytes = pager.pageBytes();
        long pages = Math.max(1, Math.ceilDiv(files.stat(inode).size(), cachedBytes));
        file = pager.open(files.pages(inode, cachedBytes, cachedBytes), pages, pages);
    }

    /** Pages of a sequence lie one behind the other from 0 on, so one that does not can only come from damage, and is left out. */
    private static int[][] slots(CheckpointHead checkpoint) {
        int[] counts = new int[SPACES];
        checkpoint.pages().keySet().forEach(key -> counts[key.space()]++);
        int[][] slots = new int[SPACES][];
        for (int space = 0; space < SPACES; space++) {
            slots[space] = new int[counts[space]];
            Arrays.fill(slots[space], NO_SLOT);
        }
        checkpoint.pages().forEach((key, page) -> {
            if (key.page() < counts[key.space()]) {
                slots[key.space()][(int) key.page()] = page.slot();
            }
        });
        return slots;
    }

    /** Brings in what is away together, if that is more than a page. */
    @Override
    public void expect(SavedPieces pieces) {
        long[] away = NONE;
        int count = 0;
        for (int piece = 0; piece < pieces.count(); piece++) {
            long end = pieces.offset(piece) + pieces.bytes(piece);
            for (long at = pieces.offset(piece); at < end; at += cachedBytes - at % cachedBytes) {
                long inFile = find(pieces.space(piece), at);
                if (inFile >= 0 && file.peek(inFile / cachedBytes) == PageView.ABSENT) {
                    away = count == away.length ? Arrays.copyOf(away, 2 * count + pieces.count()) : away;
                    away[count++] = inFile / cachedBytes;
                }
            }
        }
        if (count > 1) {
            cache.wantMemory();
            int _ = file.prefetch(away, count);
        }
    }

    @Override
    public void read(int space, long offset, long target, int bytes) {
        int done = 0;
        while (done < bytes) {
            long inFile = find(space, offset + done);
            if (inFile < 0) {
                throw Layout.corrupt(
                        "index.pages", "page " + (offset + done) / SLOT_BYTES + " of space " + space + " is missing");
            }
            int inPage = (int) (inFile % cachedBytes);
            int length = Math.min(cachedBytes - inPage, bytes - done);
            copy(inFile, target + done, length);
            done += length;
        }
    }

    /** Where a byte of a sequence of pages lies in the file; negative when its page is missing. */
    private long find(int space, long offset) {
        long page = offset / SLOT_BYTES;
        long slot = page < slots[space].length ? slots[space][(int) page] : NO_SLOT;
        return slot * SLOT_BYTES + (slot == NO_SLOT ? 0 : offset % SLOT_BYTES);
    }

    /** Copies bytes that lie in one page of the cache. */
    private void copy(long inFile, long target, int bytes) {
        long page = inFile / cachedBytes;
        long stamp = file.tryRead(page);
        if (stamp == PageView.ABSENT || !copy(inFile, stamp, target, bytes)) {
            copyAfterFault(inFile, target, bytes);
        }
    }

    private boolean copy(long inFile, long stamp, long target, int bytes) {
        MemorySegment.copy(ALL, file.address(stamp) + inFile % cachedBytes, ALL, target, bytes);
        return file.validate(inFile / cachedBytes, stamp);
    }

    private void copyAfterFault(long inFile, long target, int bytes) {
        cache.wantMemory();
        try {
            for (int tries = 0; tries < MOST_TRIES; tries++) {
                if (copy(inFile, file.fault(inFile / cachedBytes, AccessHint.DEMAND), target, bytes)) {
                    return;
                }
            }
        } catch (CapacityException _) {
            // All frames are on their way for other threads.
        }
        long got = files.read(inode, inFile, ALL.asSlice(target, bytes));
        if (got < bytes) {
            throw Layout.corrupt("index.pages", "it ends within slot " + inFile / SLOT_BYTES);
        }
    }

    @Override
    public void close() {
        try {
            file.close();
        } finally {
            cache.release();
        }
    }
}
