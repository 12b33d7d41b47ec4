package io.vexel.collection.indexing;

import io.vexel.base.CapacityException;
import io.vexel.base.Checks;
import io.vexel.base.Crc32c;
import io.vexel.collection.indexing.CheckpointHead.PageKey;
import io.vexel.collection.indexing.CheckpointHead.PageSlot;
import io.vexel.filesystem.FileSystem;
import io.vexel.filesystem.VolumeInfo;
import io.vexel.index.Calibration;
import io.vexel.index.Cancellation;
import io.vexel.index.DerivedIndex.CheckpointSink;
import io.vexel.index.DerivedIndex.CheckpointSource;
import io.vexel.index.SavedPages;
import io.vexel.paging.space.Pager;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The last checkpoint of an index: slots of one page each, and the map that says in which slot a page lies.
 *
 * <p>Pages are written copy-on-write: into slots that the durable map does not use, some MiB a transaction, so that no other writer of
 * the volume waits long. The transaction that replaces the head makes the new map count. Then the blocks of slots that nothing uses any
 * more are given back; what a crash leaves undone of that is done with the next checkpoint.
 *
 * <p>Invariants: {@code saved}, which is volatile, is what the head on the volume says; no slot of it is ever written. Everything but
 * {@link #saved} is for the thread that holds the keeper's control lock, and for those that read pages on its behalf.
 */
final class PageFile {

    private static final int PAGE_BYTES = CheckpointSink.PAGE_BYTES;

    /** Pages of a transaction: 2 MiB. */
    private static final int BATCH_PAGES = 32;

    /** Most slots whose blocks are given back by one transaction: 16 MiB. */
    private static final int MOST_DISCARDED = 256;

    /** One block of so many of the volume is never taken by a checkpoint. */
    private static final int SPARED_SHARE = 16;

    private final FileSystem files;
    private final IndexFiles names;
    private volatile Optional<CheckpointHead> saved = Optional.empty();
    /** Slots that are not in use and may hold blocks. */
    private BitSet stale = new BitSet();

    PageFile(FileSystem files, IndexFiles names) {
        this.files = files;
        this.names = names;
    }

    /** The last checkpoint. */
    Optional<CheckpointHead> saved() {
        return saved;
    }

    /**
     * Reads the head of the last checkpoint; false when there is none.
     *
     * @throws io.vexel.base.CorruptionException when it is damaged
     */
    boolean open(IndexChoice choice) {
        Optional<Long> head = names.head();
        if (head.isEmpty()) {
            return false;
        }
        MemorySegment bytes = Layout.read(files, head.get(), CheckpointHead.MAX_BYTES, CheckpointHead.NAME);
        CheckpointHead found = CheckpointHead.decode(bytes, choice.kind());
        long pages =
                names.pages().orElseThrow(() -> Layout.corrupt(CheckpointHead.NAME, "the file index.pages is missing"));
        long slots = Math.ceilDiv(files.stat(pages).size(), PAGE_BYTES);
        found.pages().values().forEach(page -> {
            if (page.slot() >= slots) {
                throw Layout.corrupt(CheckpointHead.NAME, "slot=" + page.slot() + ", allowed: below " + slots);
            }
        });
        saved = Optional.of(found);
        stale.set(0, (int) slots);
        found.pages().values().forEach(page -> stale.clear(page.slot()));
        return true;
    }

    /**
     * The saved checkpoint, to be read from by any thread.
     *
     * @param cancellation asked each time pages are asked for
     */
    CheckpointSource source(Cancellation cancellation) {
        return new Source(saved.orElseThrow(), names.pages().orElseThrow(), cancellation);
    }

    /**
     * The saved checkpoint piece by piece, through a cache. No other may be saved, and its files not be removed, before that is closed.
     *
     * @throws CapacityException when there is no memory for the table of its pages
     */
    SavedPages cached(IndexedRows.PageCache cache, Pager pager) {
        return new CachedPages(files, names.pages().orElseThrow(), saved.orElseThrow(), cache, pager);
    }

    private final class Source implements CheckpointSource {

        private final CheckpointHead checkpoint;
        private final long inode;
        private final Cancellation cancellation;

        Source(CheckpointHead checkpoint, long inode, Cancellation cancellation) {
            this.checkpoint = checkpoint;
            this.inode = inode;
            this.cancellation = cancellation;
        }

        @Override
        public byte[] head() {
            return checkpoint.head().toArray(ValueLayout.JAVA_BYTE);
        }

        @Override
        public void pages(int space, long firstPage, MemorySegment target) {
            long count = target.byteSize() / PAGE_BYTES;
            Checks.argument(
                    count * PAGE_BYTES == target.byteSize(),
                    "target.byteSize=" + target.byteSize() + ", allowed: multiples of " + PAGE_BYTES);
            cancellation.check();
            long done = 0;
            while (done < count) {
                long run = 1;
                int slot = slot(space, firstPage + done).slot();
                while (done + run < count && slot(space, firstPage + done + run).slot() == slot + run) {
                    run++;
                }
                read(slot, target.asSlice(done * PAGE_BYTES, run * PAGE_BYTES));
                for (; run > 0; run--, done++) {
                    check(space, firstPage + done, target.asSlice(done * PAGE_BYTES, PAGE_BYTES));
                }
            }
        }

        private PageSlot slot(int space, long page) {
            PageSlot slot = checkpoint.pages().get(new PageKey(space, page));
            if (slot == null) {
                throw Layout.corrupt("index.pages", "page " + page + " of space " + space + " is missing");
            }
            return slot;
        }

        private void read(long slot, MemorySegment target) {
            long got = files.read(inode, slot * PAGE_BYTES, target);
            if (got < target.byteSize()) {
                throw Layout.corrupt("index.pages", "it ends within slot " + (slot + got / PAGE_BYTES));
            }
        }

        private void check(int space, long page, MemorySegment contents) {
            PageSlot slot = slot(space, page);
            if (Crc32c.of(new PageKey(space, page).word(), slot.generation(), contents) != slot.crc()) {
                throw Layout.corrupt(
                        "index.pages",
                        "the checksum of page " + page + " of space " + space + " in slot " + slot.slot()
                                + " does not match");
            }
        }
    }

    /** Reads every page and compares it with its checksum. */
    void check() {
        if (saved.isPresent()) {
            CheckpointSource source = source(Cancellation.NONE);
            MemorySegment page = MemorySegment.ofArray(new byte[PAGE_BYTES]);
            saved.get().pages().keySet().forEach(key -> source.pages(key.space(), key.page(), page));
        }
    }

    /**
     * Checks before a checkpoint that it leaves others some room to write.
     *
     * @param bytes about how much will be written
     * @throws CapacityException when it would not
     */
    void requireRoom(long bytes) {
        long free = freeBytes();
        if (bytes > free) {
            throw new CapacityException("volume bytes for an index", bytes, free);
        }
    }

    /** What a checkpoint may take, at least 0. */
    private long freeBytes() {
        VolumeInfo info = files.info();
        return Math.max(0, (info.freeBlocks() - info.totalBlocks() / SPARED_SHARE) * info.blockSize());
    }

    /**
     * A sink for the next checkpoint.
     *
     * @param watermark rows below it that are alive are in the index
     * @param calibration what the index knows of its recall
     */
    CheckpointSink sink(IndexChoice choice, long watermark, Optional<Calibration> calibration) {
        return new Sink(choice, watermark, calibration, names.createPages(choice));
    }

    private final class Sink implements CheckpointSink {

        private final IndexChoice choice;
        private final long watermark;
        private final Optional<Calibration> calibration;
        private final long inode;
        private final long generation = saved.map(CheckpointHead::generation).orElse(0L) + 1;
        private final NavigableMap<PageKey, PageSlot> pages =
                new TreeMap<>(saved.map(CheckpointHead::pages).orElseGet(TreeMap::new));
        private final BitSet occupied = new BitSet();
        private final MemorySegment batch = MemorySegment.ofArray(new byte[BATCH_PAGES * PAGE_BYTES]);
        private final List<Integer> batchSlots = new ArrayList<>();

        Sink(IndexChoice choice, long watermark, Optional<Calibration> calibration, long inode) {
            this.choice = choice;
            this.watermark = watermark;
            this.calibration = calibration;
            this.inode = inode;
            pages.values().forEach(page -> occupied.set(page.slot()));
        }

        @Override
        public boolean hasRoom(long count) {
            return count * PAGE_BYTES <= freeBytes();
        }

        @Override
        public void page(int space, long page, MemorySegment contents) {
            Checks.argument(contents.byteSize() == PAGE_BYTES, "contents.byteSize=" + contents.byteSize());
            PageKey key = new PageKey(space, page);
            int slot = occupied.nextClearBit(0);
            occupied.set(slot);
            MemorySegment copy = batch.asSlice((long) batchSlots.size() * PAGE_BYTES, PAGE_BYTES);
            copy.copyFrom(contents);
            pages.put(key, new PageSlot(slot, Crc32c.of(key.word(), generation, copy), generation));
            batchSlots.add(slot);
            if (batchSlots.size() == BATCH_PAGES) {
                writeBatch();
            }
        }

        private void writeBatch() {
            files.apply(transaction -> {
                int from = 0;
                while (from < batchSlots.size()) {
                    int run = 1;
                    while (from + run < batchSlots.size() && batchSlots.get(from + run) == batchSlots.get(from) + run) {
                        run++;
                    }
                    MemorySegment bytes = batch.asSlice((long) from * PAGE_BYTES, (long) run * PAGE_BYTES);
                    transaction.write(inode, (long) batchSlots.get(from) * PAGE_BYTES, bytes);
                    from += run;
                }
            });
            batchSlots.forEach(stale::set);
            batchSlots.clear();
        }

        @Override
        public void end(int space, long count) {
            PageKey end = new PageKey(space, count);
            pages.tailMap(end, true).keySet().removeIf(key -> key.space() == space);
        }

        @Override
        public void finish(byte[] head) {
            if (head.length > CheckpointHead.MAX_HEAD_BYTES) {
                throw new CapacityException("index head bytes", head.length, CheckpointHead.MAX_HEAD_BYTES);
            }
            writeBatch();
            CheckpointHead next = new CheckpointHead(
                    choice.kind(), generation, watermark, MemorySegment.ofArray(head.clone()), pages, calibration);
            names.replaceHead(next.encode());
            saved.ifPresent(last -> last.pages().values().forEach(page -> stale.set(page.slot())));
            pages.values().forEach(page -> stale.clear(page.slot()));
            saved = Optional.of(next);
        }
    }

    /** Stores a calibration with the last checkpoint; durable when it returns. */
    void keep(Optional<Calibration> calibration) {
        CheckpointHead next = saved.orElseThrow().with(calibration);
        names.replaceHead(next.encode());
        saved = Optional.of(next);
    }

    /** Gives back the blocks of slots that are not in use. */
    void discardStale() {
        Optional<Long> inode = names.pages();
        while (inode.isPresent() && !stale.isEmpty()) {
            BitSet given = new BitSet();
            for (int slot = stale.nextSetBit(0); slot >= 0 && given.cardinality() < MOST_DISCARDED; ) {
                given.set(slot);
                slot = stale.nextSetBit(slot + 1);
            }
            files.apply(transaction -> {
                for (int from = given.nextSetBit(0); from >= 0; ) {
                    int end = given.nextClearBit(from);
                    transaction.discard(inode.get(), (long) from * PAGE_BYTES, (long) (end - from) * PAGE_BYTES);
                    from = given.nextSetBit(end);
                }
            });
            stale.andNot(given);
        }
        cutEnd(inode);
    }

    /** Slots behind the last one in use need no size. */
    private void cutEnd(Optional<Long> inode) {
        int end = 0;
        for (PageSlot page :
                saved.map(CheckpointHead::pages).orElseGet(TreeMap::new).values()) {
            end = Math.max(end, page.slot() + 1);
        }
        long bytes = (long) end * PAGE_BYTES;
        if (inode.isPresent() && files.stat(inode.get()).size() > bytes) {
            files.update(transaction -> transaction.truncate(inode.get(), bytes));
        }
    }

    /** Removes the last checkpoint; durable when it returns. */
    void giveUp() {
        names.removeCheckpoint();
        forget();
    }

    /** Forgets everything, after the files were removed. */
    void forget() {
        saved = Optional.empty();
        stale = new BitSet();
    }
}
