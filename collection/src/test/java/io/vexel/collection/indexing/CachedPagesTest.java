package io.vexel.collection.indexing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CorruptionException;
import io.vexel.collection.indexing.CheckpointHead.PageKey;
import io.vexel.collection.indexing.CheckpointHead.PageSlot;
import io.vexel.filesystem.FileKind;
import io.vexel.filesystem.FileSystem;
import io.vexel.filesystem.FormatOptions;
import io.vexel.filesystem.Mkfs;
import io.vexel.filesystem.MountOptions;
import io.vexel.index.DerivedIndex.CheckpointSink;
import io.vexel.index.IndexKind;
import io.vexel.index.SavedPieces;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageAllocatorOptions;
import io.vexel.paging.replacement.PolicyKind;
import io.vexel.paging.space.PageTiers;
import io.vexel.paging.space.Pager;
import io.vexel.paging.space.PagerOptions;
import io.vexel.testkit.SimulatedDevice;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pieces of a checkpoint whose pages lie in slots in no order, through a cache of eight pages. */
class CachedPagesTest {

    private static final int PAGE_BYTES = CheckpointSink.PAGE_BYTES;

    /** Pages of spaces 0 and 1. */
    private static final int[] PAGES = {5, 11};

    private static final int FRAMES = 8;
    private static final int LONGEST = 9_000;
    private static final int READS = Boolean.getBoolean("vexel.deep") ? 500_000 : 10_000;

    private final SimulatedDevice device = SimulatedDevice.zeros(64L << 20, 3).withoutLog();
    private final MemoryBudget budget = MemoryBudget.unlimited();
    private final TreeMap<PageKey, PageSlot> slots = new TreeMap<>();
    private FileSystem files;
    private PageAllocator allocator;
    private Pager pager;
    private long inode;

    @BeforeEach
    void open() {
        Mkfs.format(device, FormatOptions.defaults());
        files = FileSystem.open(device, MountOptions.defaults());
        files.update(transaction -> transaction.createFile(FileSystem.ROOT, "pages", FileKind.REGULAR));
        inode = files.lookup(FileSystem.ROOT, "pages").orElseThrow().inode();
        int slot = PAGES[0] + PAGES[1];
        for (int space = 0; space < PAGES.length; space++) {
            for (int page = 0; page < PAGES[space]; page++) {
                long at = (long) --slot * PAGE_BYTES;
                MemorySegment contents = contents(space, page);
                files.update(transaction -> transaction.write(inode, at, contents));
                slots.put(new PageKey(space, page), new PageSlot(slot, 0, 1));
            }
        }
        allocator = PageAllocator.create(
                budget, PageAllocatorOptions.oneNode(new PageAllocatorOptions.ZoneSizes(0, 1 << 12, 0, 1 << 22)));
        pager = Pager.create(
                new PagerOptions(4096, FRAMES, 3, PolicyKind.DEFAULT, new PagerOptions.Tuning(20, 0)),
                budget,
                allocator,
                PageTiers.none());
    }

    @AfterEach
    void close() {
        pager.close();
        allocator.close();
        files.close();
    }

    private static MemorySegment contents(int space, int page) {
        byte[] bytes = new byte[PAGE_BYTES];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = at(space, (long) page * PAGE_BYTES + i);
        }
        return MemorySegment.ofArray(bytes);
    }

    /** The byte that lies at an offset of a space: others in each page of the cache. */
    private static byte at(int space, long offset) {
        return (byte) ((offset >>> 12) * 37 + offset * 3 + space * 101);
    }

    private CachedPages cached() {
        CheckpointHead head =
                new CheckpointHead(IndexKind.GRAPH, 1, 0, MemorySegment.ofArray(new byte[0]), slots, Optional.empty());
        return new CachedPages(files, inode, head, new Cache(), pager);
    }

    private final class Cache implements IndexedRows.PageCache {

        @Override
        public Optional<Pager> pager() {
            return Optional.of(pager);
        }

        @Override
        public void wantMemory() {
            // There is no other.
        }
    }

    private static void assertRead(CachedPages pages, int space, long offset, int bytes, MemorySegment target) {
        pages.read(space, offset, target.address(), bytes);
        for (int i = 0; i < bytes; i++) {
            byte got = target.get(ValueLayout.JAVA_BYTE, i);
            if (got != at(space, offset + i)) {
                assertThat(got)
                        .as("space=%d offset=%d bytes=%d byte=%d", space, offset, bytes, i)
                        .isEqualTo(at(space, offset + i));
            }
        }
    }

    /** Frames change hands under the copies of others all the time; what came back is what was asked for. */
    @Test
    void read_byManyThreadsThroughFewFrames_givesWhatWasSaved() throws Exception {
        try (CachedPages pages = cached();
                ExecutorService pool = Executors.newFixedThreadPool(4)) {
            List<Callable<Integer>> readers = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                int seed = thread;
                readers.add(() -> {
                    Random random = new Random(seed);
                    try (Region buffer = Region.allocate(budget, "test", LONGEST)) {
                        for (int i = 0; i < READS; i++) {
                            int space = random.nextInt(2);
                            int bytes = 1 + random.nextInt(LONGEST);
                            // Mostly in a few pages more than there are frames.
                            if (random.nextInt(4) == 0) {
                                pages.expect(pieces(random));
                            }
                            long last = (random.nextInt(4) == 0 ? PAGES[space] : 1) * (long) PAGE_BYTES - bytes;
                            assertRead(pages, space, random.nextLong(last + 1), bytes, buffer.segment());
                        }
                    }
                    return seed;
                });
            }
            for (Future<Integer> done : pool.invokeAll(readers)) {
                assertThat(done.get()).isNotNegative();
            }
        }
        assertThat(pager.statistics().traffic().evictions()).isGreaterThan(READS);
    }

    /** Pieces anywhere. */
    private static SavedPieces pieces(Random random) {
        SavedPieces pieces = new SavedPieces();
        for (int i = random.nextInt(6); i >= 0; i--) {
            int space = random.nextInt(2);
            pieces.add(space, random.nextInt(PAGES[space] * PAGE_BYTES - LONGEST), 1 + random.nextInt(LONGEST));
        }
        return pieces;
    }

    @Test
    void expect_piecesThatAreAway_bringsThemInTogether() {
        try (CachedPages pages = cached();
                Region buffer = Region.allocate(budget, "test", LONGEST)) {
            SavedPieces pieces = new SavedPieces();
            pieces.add(0, 8_000, 100);
            pages.expect(pieces);
            assertThat(pager.statistics().traffic().ahead())
                    .as("one comes when it is read")
                    .isZero();
            // The second lies on two pages, one of which the first lies on, too; of the third and the last there is
            // nothing.
            pieces.add(0, 12_200, 200);
            pieces.add(5, 0, 10);
            pieces.add(1, 3 * PAGE_BYTES + 10, 10);
            pieces.add(1, PAGES[1] * PAGE_BYTES, 10);
            pages.expect(pieces);
            long brought = pager.statistics().traffic().ahead();
            assertThat(brought).isEqualTo(4);
            long before = pager.statistics().faults().major();
            for (int piece : new int[] {0, 1, 3}) {
                assertRead(pages, pieces.space(piece), pieces.offset(piece), pieces.bytes(piece), buffer.segment());
            }
            assertThat(pager.statistics().faults().major()).isEqualTo(before);
        }
    }

    @Test
    void read_acrossSlotsThatAreApart_joinsThem() {
        try (CachedPages pages = cached();
                Region buffer = Region.allocate(budget, "test", LONGEST)) {
            for (int space = 0; space < PAGES.length; space++) {
                for (int page = 1; page < PAGES[space]; page++) {
                    assertRead(pages, space, (long) page * PAGE_BYTES - 100, 200, buffer.segment());
                }
            }
        }
    }

    /** As a head says it that was damaged and sealed again. */
    @Test
    void read_pageThatIsMissing_isCorruption() {
        slots.put(new PageKey(0, 1L << 40), new PageSlot(0, 0, 1));
        slots.remove(new PageKey(1, 3));
        try (CachedPages pages = cached();
                Region buffer = Region.allocate(budget, "test", LONGEST)) {
            long target = buffer.address();
            for (long[] where :
                    new long[][] {{1, 3 * PAGE_BYTES}, {1, 4L * PAGE_BYTES - 8}, {0, (1L << 40) * PAGE_BYTES}, {2, 0}
                    }) {
                assertThatThrownBy(() -> pages.read((int) where[0], where[1], target, 16))
                        .as("space=%d offset=%d", where[0], where[1])
                        .isInstanceOf(CorruptionException.class);
            }
            assertRead(pages, 1, 0, 5_000, buffer.segment());
        }
    }
}
