package io.vexel.paging.space;

import static io.vexel.memory.raw.RawMemory.ALL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.Bytes;
import io.vexel.base.CapacityException;
import io.vexel.base.ClosedException;
import io.vexel.base.DeviceException;
import io.vexel.memory.MemoryBudget;
import io.vexel.paging.replacement.AccessHint;
import io.vexel.paging.replacement.PolicyKind;
import io.vexel.testkit.AllocationMeter;
import io.vexel.testkit.SimulatedDevice;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PagerTest {

    private static final long SEED = 20_261_127;
    private static final int PAGE = PagerFixture.PAGE;

    private static NaiveSource source(int pages) {
        NaiveSource source = new NaiveSource(PAGE, pages);
        new SplittableRandom(SEED).nextBytes(source.bytes);
        return source;
    }

    private static byte[] read(PageView view, long page) {
        byte[] bytes = new byte[view.pageBytes()];
        view.read(page * view.pageBytes(), MemorySegment.ofArray(bytes));
        return bytes;
    }

    private static MemorySegment bytes(int count, int value) {
        byte[] bytes = new byte[count];
        java.util.Arrays.fill(bytes, (byte) value);
        return MemorySegment.ofArray(bytes);
    }

    @Test
    void anonymousMapping_onlyRead_takesNoFrame() {
        try (PagerFixture fixture = new PagerFixture(16, 8)) {
            AddressSpace space = fixture.pager.newSpace();
            Mapping mapping = space.mapAnonymous(100L * PAGE);
            for (int page = 0; page < 100; page++) {
                assertThat(mapping.tryRead(page)).isNotEqualTo(PageView.ABSENT);
                assertThat(read(mapping, page)).containsOnly(0);
            }
            assertThat(fixture.pager.statistics().usedFrames()).isEqualTo(1);
            mapping.write(5L * PAGE + 7, bytes(1, 9));
            assertThat(read(mapping, 5)[7]).isEqualTo((byte) 9);
            assertThat(fixture.pager.statistics().usedFrames()).isEqualTo(2);
            assertThat(fixture.pager.statistics().faults()).isEqualTo(new PagerStatistics.Faults(1, 0, 0, 0, 0));
        }
    }

    @Test
    void frames_beyondTheLimitOfCaches_arePagesThatLeaveInsteadOfMemory() {
        try (PagerFixture fixture = new PagerFixture(64, 200)) {
            Mapping mapping = fixture.pager.newSpace().mapAnonymous(200L * PAGE);
            for (int page = 0; page < 10; page++) {
                mapping.write((long) page * PAGE, bytes(8, page));
            }
            long held = fixture.pager.statistics().heldFrames();
            fixture.budget.limitCaches(fixture.budget.usedBytes());
            for (int page = 10; page < 100; page++) {
                mapping.write((long) page * PAGE, bytes(8, page));
            }
            assertThat(fixture.pager.statistics().heldFrames()).isEqualTo(held);
            assertThat(fixture.pager.statistics().traffic().evictions()).isPositive();
            fixture.budget.limitCaches(Long.MAX_VALUE);
            for (int page = 0; page < 100; page++) {
                assertThat(read(mapping, page)[7]).isEqualTo((byte) page);
            }
            assertThat(fixture.pager.statistics().heldFrames()).isGreaterThan(held);
        }
    }

    /** What a fork costs does not grow with the pages: it takes no memory, and the first write copies one leaf and one page. */
    @Test
    void fork_ofManyPages_takesNoMemoryUntilSomebodyWrites() {
        try (PagerFixture fixture = new PagerFixture(600, 8)) {
            AddressSpace space = fixture.pager.newSpace();
            Mapping mapping = space.mapAnonymous(550L * PAGE);
            for (int page = 0; page < 550; page++) {
                mapping.write((long) page * PAGE, bytes(8, page));
            }
            long before = fixture.budget.usedBytes();
            PagerStatistics.Faults faults = fixture.pager.statistics().faults();
            AddressSpace fork = space.fork();
            assertThat(fixture.budget.usedBytes()).isEqualTo(before);
            assertThat(fixture.pager.statistics().faults()).isEqualTo(faults);
            mapping.write(0, bytes(8, 77));
            mapping.write(PAGE, bytes(8, 78));
            assertThat(fixture.pager.statistics().faults().copyOnWrite()).isEqualTo(2);
            Mapping snapshot = fork.mappingAt(mapping.start());
            assertThat(read(snapshot, 0)[0]).isZero();
            assertThat(read(snapshot, 1)[0]).isEqualTo((byte) 1);
            assertThat(read(mapping, 0)[0]).isEqualTo((byte) 77);
            // The last one who sees a page writes to it without a copy.
            space.close();
            snapshot.write(0, bytes(8, 5));
            assertThat(fixture.pager.statistics().faults().copyOnWrite()).isEqualTo(2);
            fork.close();
            fixture.checkNoPageIsLeft();
        }
    }

    /** While a frame is made free the lock is given up, and then the last fork that shares the page is closed. */
    @Test
    void write_forkClosedWhileAFrameIsMadeFree_goesIntoThePageThatNobodyElseSees() {
        int closedMeanwhile = 0;
        try (PagerFixture fixture = new PagerFixture(8, 64)) {
            ClosingSource source = new ClosingSource();
            PagedFile file = fixture.pager.open(source, ClosingSource.PAGES, ClosingSource.PAGES);
            AddressSpace space = fixture.pager.newSpace();
            Mapping mapping = space.mapAnonymous(PAGE);
            mapping.write(0, bytes(PAGE, 1));
            for (int round = 0; round < 1_000 && closedMeanwhile < 5; round++) {
                file.write((long) (round % ClosingSource.PAGES) * PAGE, bytes(PAGE, round));
                long copies = fixture.pager.statistics().faults().copyOnWrite();
                source.fork = space.fork();
                mapping.write(0, bytes(PAGE, round));
                assertThat(read(mapping, 0)).containsOnly((byte) round);
                if (source.fork == null) {
                    closedMeanwhile++;
                    assertThat(fixture.pager.statistics().faults().copyOnWrite())
                            .as("round %d", round)
                            .isEqualTo(copies);
                } else {
                    source.closeFork();
                }
            }
            space.close();
            file.close();
            fixture.checkNoPageIsLeft();
        }
        assertThat(closedMeanwhile).as("premise").isEqualTo(5);
    }

    /** Closes an address space when it is written to. */
    private static final class ClosingSource implements PageSource {

        static final int PAGES = 32;

        @Nullable
        AddressSpace fork;

        void closeFork() {
            if (fork != null) {
                fork.close();
                fork = null;
            }
        }

        @Override
        public String name() {
            return "closing";
        }

        @Override
        public void read(long first, MemorySegment target) {
            target.fill((byte) 0);
        }

        @Override
        public void write(long first, MemorySegment pages) {
            closeFork();
        }
    }

    @Test
    void read_pagesInOrder_readsAheadInGrowingWindows() {
        NaiveSource source = source(40);
        try (PagerFixture fixture = new PagerFixture(64, 8)) {
            PagedFile file = fixture.pager.open(source, 40, 40);
            for (int page = 0; page < 40; page++) {
                read(file, page);
            }
            // 0; 1 and 4; 6 and 8; 15 and 8; 24 and 8; 33 and the rest.
            assertThat(source.reads.get()).isEqualTo(6);
            PagerStatistics statistics = fixture.pager.statistics();
            assertThat(statistics.faults().major()).isEqualTo(6);
            assertThat(statistics.traffic().ahead()).isEqualTo(34);
            assertThat(statistics.traffic().aheadHits()).isEqualTo(34);
        }
    }

    @Test
    void read_pagesAtRandom_readsNothingAhead() {
        NaiveSource source = source(400);
        try (PagerFixture fixture = new PagerFixture(64, 8)) {
            PagedFile file = fixture.pager.open(source, 400, 400);
            for (int i = 0; i < 50; i++) {
                read(file, 397L * i % 400);
            }
            assertThat(fixture.pager.statistics().traffic().ahead()).isZero();
        }
    }

    @Test
    void read_asScan_readsAWindowFromTheFirstPageOn() {
        NaiveSource source = source(40);
        try (PagerFixture fixture = new PagerFixture(64, 8)) {
            PagedFile file = fixture.pager.open(source, 40, 40);
            byte[] all = new byte[40 * PAGE];
            file.read(0, MemorySegment.ofArray(all), AccessHint.SCAN);
            assertThat(all).isEqualTo(source.bytes);
            assertThat(source.reads.get()).isEqualTo(5);
        }
    }

    @Test
    void prefetch_scatteredPages_readsThoseSideBySideAtOnce() {
        NaiveSource source = source(40);
        try (PagerFixture fixture = new PagerFixture(64, 8)) {
            PagedFile file = fixture.pager.open(source, 40, 40);
            long[] pages = {9, 3, 8, 30, 3, 10, 99};
            assertThat(file.prefetch(pages, 6)).isEqualTo(5);
            assertThat(source.reads.get()).as("3, 8 to 10, 30").isEqualTo(3);
            assertThat(file.prefetch(pages, 6)).isZero();
            for (int i = 0; i < 6; i++) {
                read(file, pages[i]);
            }
            assertThat(source.reads.get()).isEqualTo(3);
            assertThat(fixture.pager.statistics().traffic().aheadHits()).isEqualTo(5);
            assertThatThrownBy(() -> file.prefetch(pages, 7)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void prefetch_pagesThatNobodyAsksFor_areCountedWhenTheyLeave() {
        NaiveSource source = source(400);
        try (PagerFixture fixture = new PagerFixture(64, 8)) {
            PagedFile file = fixture.pager.open(source, 400, 400);
            long[] pages = {3, 9, 15, 21, 27, 33, 39, 45, 51, 57};
            assertThat(file.prefetch(pages, 10)).isEqualTo(10);
            for (int i = 0; i < 4; i++) {
                read(file, pages[i]);
            }
            assertThat(fixture.pager.statistics().traffic().aheadWasted()).isZero();
            for (int i = 0; i < 300; i++) {
                read(file, 100 + 197L * i % 300);
            }
            PagerStatistics.Traffic traffic = fixture.pager.statistics().traffic();
            assertThat(traffic.ahead()).isEqualTo(10);
            assertThat(traffic.aheadHits()).isEqualTo(4);
            assertThat(traffic.aheadWasted()).isEqualTo(6);
        }
    }

    @Test
    void prefetch_unreadablePages_arePassedOverAndReadLater() {
        NaiveSource source = source(40);
        try (PagerFixture fixture = new PagerFixture(16, 8)) {
            PagedFile file = fixture.pager.open(source, 40, 40);
            // Fails among the reads at once, and when it is read alone.
            source.fail(0, 2);
            assertThat(file.prefetch(new long[] {3, 20}, 2)).isEqualTo(1);
            assertThat(file.peek(3)).isEqualTo(PageView.ABSENT);
            assertThat(read(file, 3)).isEqualTo(java.util.Arrays.copyOfRange(source.bytes, 3 * PAGE, 4 * PAGE));
            source.fail(0, 1);
            assertThat(file.prefetch(new long[] {5, 10}, 2))
                    .as("what failed once")
                    .isEqualTo(2);
            // More pages than there are frames: as many as fit.
            long[] all = java.util.stream.LongStream.range(0, 40).toArray();
            assertThat(file.prefetch(all, 40)).isBetween(8, 16);
        }
    }

    @Test
    void fault_readFailsForGood_isAnErrorAndThePageCanBeReadLater() {
        NaiveSource source = source(4);
        try (PagerFixture fixture = new PagerFixture(16, 8)) {
            PagedFile file = fixture.pager.open(source, 4, 4);
            source.fail(0, Integer.MAX_VALUE);
            assertThatThrownBy(() -> file.fault(2, AccessHint.DEMAND)).isInstanceOf(DeviceException.class);
            assertThat(fixture.pager.statistics().usedFrames()).isEqualTo(1);
            source.heal();
            assertThat(read(file, 2)).isEqualTo(java.util.Arrays.copyOfRange(source.bytes, 2 * PAGE, 3 * PAGE));
        }
    }

    @Test
    void write_moreThanMayBeDirty_writesSomeOutFirst() {
        NaiveSource source = new NaiveSource(PAGE, 200);
        try (PagerFixture fixture = new PagerFixture(100, 8)) {
            PagedFile file = fixture.pager.open(source, 200, 200);
            for (int page = 0; page < 200; page++) {
                file.write((long) page * PAGE, bytes(PAGE, page));
                assertThat(fixture.pager.statistics().dirtyFilePages()).isLessThanOrEqualTo(40);
            }
            assertThat(fixture.pager.statistics().traffic().throttled()).isPositive();
            assertThat(source.writes.get())
                    .as("pages side by side go out together")
                    .isLessThan(40);
            assertThat(source.reads.get())
                    .as("pages that are overwritten whole are not read")
                    .isZero();
            file.flush();
            for (int page = 0; page < 200; page++) {
                assertThat(source.bytes[page * PAGE]).isEqualTo((byte) page);
            }
        }
    }

    @Test
    void budget_neededByOthers_getsExtentsWithCleanPagesBack() {
        PagerOptions options = PagerOptions.ofBytes(PAGE, 8 * Bytes.MIB);
        try (PagerFixture fixture = new PagerFixture(options, 8, new MemoryBudget(24 * Bytes.MIB))) {
            NaiveSource source = source(2_000);
            PagedFile file = fixture.pager.open(source, 2_000, 2_000);
            for (int page = 0; page < 2_000; page++) {
                read(file, page);
            }
            assertThat(fixture.pager.statistics().heldFrames()).isEqualTo(2_048);
            long available = fixture.budget.availableBytes();
            fixture.budget.reserve("other", available + 3 * Bytes.MIB);
            assertThat(fixture.pager.statistics().heldFrames()).isEqualTo(1_024);
            fixture.budget.release("other", available + 3 * Bytes.MIB);
            for (int page = 0; page < 2_000; page++) {
                assertThat(read(file, page)[5]).isEqualTo(source.bytes[page * PAGE + 5]);
            }
            assertThat(fixture.pager.statistics().heldFrames())
                    .as("grown again")
                    .isEqualTo(2_048);
        }
    }

    @Test
    void refaults_pagesThatComeBackSoon_areCounted() {
        try (PagerFixture fixture = new PagerFixture(PagerFixture.options(16, PolicyKind.LRU), 8, budget())) {
            PagedFile file = fixture.pager.open(source(200), 200, 200);
            for (int round = 0; round < 2; round++) {
                for (int page = 0; page < 20; page++) {
                    read(file, 7L * page);
                }
            }
            assertThat(fixture.pager.statistics().faults().refaults()).isEqualTo(20);
            for (int page = 0; page < 60; page++) {
                read(file, 3L * page + 1);
            }
            long before = fixture.pager.statistics().faults().refaults();
            read(file, 0);
            assertThat(fixture.pager.statistics().faults().refaults())
                    .as("gone for long")
                    .isEqualTo(before);
        }
    }

    private static MemoryBudget budget() {
        return new MemoryBudget(24 * Bytes.MIB);
    }

    @ParameterizedTest
    @ValueSource(ints = {4096, 8192, 16384})
    void pages_ofEachSize_areReadAndWrittenOverADevice(int pageBytes) {
        PagerOptions options = new PagerOptions(pageBytes, 16, 2, PolicyKind.DEFAULT, new PagerOptions.Tuning(20, 4));
        SimulatedDevice device = SimulatedDevice.zeros(64L * pageBytes, 3).withoutLog();
        try (PagerFixture fixture = new PagerFixture(options, 200, budget())) {
            DeviceSource source = new DeviceSource(device, 8L * pageBytes, pageBytes);
            assertThat(source.pages()).isEqualTo(56);
            PagedFile file = fixture.pager.open(source, 56, 56);
            Mapping mapping = fixture.pager.newSpace().mapAnonymous(56L * pageBytes);
            for (int page = 0; page < 56; page++) {
                file.write((long) page * pageBytes + 3, bytes(pageBytes / 2, page));
                mapping.write((long) page * pageBytes + 9, bytes(pageBytes / 4, page));
            }
            file.flush();
            byte[] onDevice = new byte[pageBytes];
            for (int page = 0; page < 56; page++) {
                device.read((8L + page) * pageBytes, MemorySegment.ofArray(onDevice));
                assertThat(onDevice[3]).isEqualTo((byte) page);
                assertThat(read(file, page)).isEqualTo(onDevice);
                assertThat(read(mapping, page)[9]).isEqualTo((byte) page);
            }
        }
    }

    @Test
    void hit_loopOverResidentPages_allocatesNothing() {
        try (PagerFixture fixture = new PagerFixture(64, 8)) {
            PagedFile file = fixture.pager.open(source(40), 40, 40);
            long[] pages = java.util.stream.LongStream.range(0, 40).toArray();
            file.prefetch(pages, 40);
            long[] sum = new long[1];
            assertThat(AllocationMeter.bytesOnceCompiled(0, () -> {
                        file.prefetch(pages, 40);
                        for (int page = 0; page < 40; page++) {
                            long stamp;
                            long word;
                            do {
                                stamp = file.tryRead(page);
                                if (stamp == PageView.ABSENT) {
                                    stamp = file.fault(page, AccessHint.DEMAND);
                                }
                                word = ALL.get(ValueLayout.JAVA_LONG, file.address(stamp) + 8);
                            } while (!file.validate(page, stamp));
                            sum[0] += word;
                        }
                    }))
                    .isZero();
        }
    }

    @Test
    void validate_afterThePageWasWrittenEvictedOrReplaced_says() {
        try (PagerFixture fixture = new PagerFixture(PagerFixture.options(8, PolicyKind.LRU), 8, budget())) {
            PagedFile file = fixture.pager.open(source(40), 40, 40);
            long stamp = file.fault(1, AccessHint.DEMAND);
            assertThat(file.validate(1, stamp)).isTrue();
            file.write(PAGE + 1, bytes(1, 1));
            assertThat(file.validate(1, stamp)).as("written").isFalse();
            long again = file.fault(1, AccessHint.DEMAND);
            for (int page = 2; page < 40; page += 2) {
                file.fault(page, AccessHint.DEMAND);
            }
            assertThat(file.validate(1, again)).as("evicted").isFalse();
            file.fault(1, AccessHint.DEMAND);
            assertThat(file.validate(1, again)).as("come back").isFalse();
        }
    }

    @Test
    void grow_file_letsNewPagesBeRead() {
        NaiveSource source = source(40);
        try (PagerFixture fixture = new PagerFixture(16, 8)) {
            PagedFile file = fixture.pager.open(source, 10, 40);
            assertThatThrownBy(() -> file.tryRead(10)).isInstanceOf(IndexOutOfBoundsException.class);
            file.grow(40);
            assertThat(read(file, 39)).isEqualTo(java.util.Arrays.copyOfRange(source.bytes, 39 * PAGE, 40 * PAGE));
            assertThatThrownBy(() -> file.grow(41)).hasMessageContaining("pages=41");
            assertThatThrownBy(() -> file.grow(39)).hasMessageContaining("pages=39");
        }
    }

    @Test
    void pager_wrongCalls_areRefused() {
        assertThatThrownBy(() -> PagerFixture.options(7, PolicyKind.LRU)).hasMessageContaining("mostFrames=7");
        assertThatThrownBy(() -> PagerFixture.options(10, PolicyKind.LRU))
                .hasMessage("mostFrames=10, allowed: multiples of 4, the frames of an extent");
        assertThatThrownBy(() -> PagerOptions.ofBytes(2048, 1 << 20)).hasMessageContaining("pageBytes=2048");
        try (PagerFixture fixture = new PagerFixture(16, 8);
                PagerFixture other = new PagerFixture(16, 8)) {
            PagedFile file = fixture.pager.open(source(4), 4, 4);
            AddressSpace space = fixture.pager.newSpace();
            Mapping mapping = space.mapPrivate(file, 1, 3);
            assertThatThrownBy(() -> other.pager.newSpace().mapShared(file, 0, 1))
                    .hasMessageContaining("file=naive");
            assertThatThrownBy(() -> space.mapShared(file, 2, 3)).hasMessageContaining("pages=3");
            assertThatThrownBy(() -> space.read(0, bytes(1, 0))).hasMessageContaining("address=0 bytes=1");
            assertThatThrownBy(() -> space.write(mapping.start() * PAGE + 1, bytes(3 * PAGE, 0)))
                    .hasMessageContaining("within one mapping");
            assertThatThrownBy(() -> space.mappingAt(99)).hasMessageContaining("startPage=99");
            assertThatThrownBy(() -> mapping.read(-1, bytes(1, 0))).hasMessageContaining("offset=-1");
            assertThatThrownBy(() -> mapping.write(0, bytes(4 * PAGE, 0))).hasMessageContaining("bytes=16384");
            AddressSpace fork = space.fork();
            assertThatThrownBy(() -> fork.unmap(mapping)).isInstanceOf(IllegalArgumentException.class);
            fork.close();
            assertThatThrownBy(fork::fork).isInstanceOf(ClosedException.class);
            space.unmap(mapping);
            file.close();
            file.close();
            assertThatThrownBy(() -> fixture.pager.newSpace().mapShared(file, 0, 1))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void pager_closedWhilePagesArePinnedAndALaneIsTaken_namesThemAndGivesTheMemoryBack() {
        PagerFixture fixture = new PagerFixture(16, 8);
        PagedFile file = fixture.pager.open(source(8), 8, 8);
        file.write(3L * PAGE, bytes(8, 1));
        Mapping mapping = fixture.pager.newSpace().mapAnonymous(PAGE);
        mapping.write(0, bytes(8, 1));
        int ofFile = PageEntry.frame(file.fault(3, AccessHint.DEMAND));
        int ofSpace = PageEntry.frame(mapping.fault(0, AccessHint.DEMAND));
        assertThat(fixture.pager.inUse()).isEmpty();
        fixture.pager.pool().pin(ofFile);
        fixture.pager.pool().pin(ofFile);
        fixture.pager.pool().pin(ofSpace);
        fixture.pager.lanes().take();
        assertThatThrownBy(fixture.pager::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("frame " + ofFile + " with page 3 of naive pinned 2 times")
                .hasMessageContaining("frame " + ofSpace + " with page 1 pinned 1 times")
                .hasMessageContaining("page lanes taken: 1");
        fixture.close();
    }

    @Test
    void pager_budgetTooSmall_isRefusedAndLeavesNothing() {
        int made = 0;
        for (long kib = 64; kib <= 24 * 1024; kib += 512) {
            MemoryBudget budget = new MemoryBudget(kib * Bytes.KIB);
            try (PagerFixture fixture = new PagerFixture(PagerFixture.options(16, PolicyKind.DEFAULT), 8, budget)) {
                made++;
                assertThat(fixture.pager.statistics().usedFrames()).isEqualTo(1);
            } catch (CapacityException e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
        assertThat(made).isBetween(1, 47);
    }
}
