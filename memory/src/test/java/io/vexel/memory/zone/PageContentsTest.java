package io.vexel.memory.zone;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.Bytes;
import io.vexel.memory.MemoryBudget;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What blocks hold, what is told of those that nobody freed, and reclaim in the background. */
class PageContentsTest {

    private static final long MIB = Bytes.MIB;

    private final List<Map<String, Long>> leaks = new ArrayList<>();
    private final MemoryBudget budget = new MemoryBudget(64 * MIB);
    private final PageAllocatorOptions options = PageAllocatorOptions.oneNode(
                    new PageAllocatorOptions.ZoneSizes(4 * MIB, 16 * MIB, 16 * MIB, 16 * MIB))
            .reportingLeaksTo(leaks::add);

    private static boolean holds(PageAllocator pages, long handle, byte expected) {
        byte[] filled = new byte[(int) pages.segment(handle).byteSize()];
        Arrays.fill(filled, expected);
        return Arrays.equals(pages.segment(handle).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE), filled);
    }

    private static List<PageOwner.Terms> kinds() {
        return List.of(
                PageOwner.Terms.unmovable("unmovable"),
                PageOwner.Terms.reclaimable("reclaimable"),
                PageOwner.Terms.movable("movable", (_, _) -> false),
                PageOwner.Terms.buffers("buffers"),
                PageOwner.Terms.large("large"));
    }

    @ParameterizedTest
    @EnumSource(
            value = PageOwner.Contents.class,
            names = {"ZEROED", "POISONED"})
    void allocate_pagesThatAnotherWroteTo_holdWhatTheOwnerWants(PageOwner.Contents contents) {
        byte expected = contents == PageOwner.Contents.ZEROED ? 0 : PageAllocator.POISON;
        Random random = new Random(1);
        try (PageAllocator pages = PageAllocator.create(budget, options);
                HotPages hot = pages.hotPages()) {
            for (PageOwner.Terms terms : kinds()) {
                PageOwner writer = pages.register(terms);
                PageOwner reader = pages.register(terms.withContents(contents));
                int least = terms.zone() == ZoneKind.LARGE ? Zone.HUGE_ORDER : 0;
                for (int round = 0; round < 50; round++) {
                    int order = least + random.nextInt(3);
                    long written = random.nextBoolean() ? hot.allocate(writer, order) : pages.allocate(writer, order);
                    pages.segment(written).fill((byte) (1 + random.nextInt(100)));
                    pages.free(written);
                    long read = random.nextBoolean() ? hot.allocate(reader, order) : pages.allocate(reader, order);
                    assertThat(holds(pages, read, expected))
                            .as("%s of %s", contents, terms)
                            .isTrue();
                    pages.segment(read).fill((byte) 7);
                    hot.free(read);
                }
                PageBlock block = pages.allocateExact(0, reader, (PageAllocator.PAGE_BYTES << least) + 1L);
                assertThat(block.segment().mismatch(block.segment().asReadOnly()))
                        .isEqualTo(-1);
                assertThat(Arrays.stream(block.handles()).allMatch(each -> holds(pages, each, expected)))
                        .isTrue();
                pages.free(block);
            }
        }
        assertThat(leaks).isEmpty();
    }

    @Test
    void close_pagesInUse_reportsThemByOwner() {
        try (PageAllocator pages = PageAllocator.create(budget, options)) {
            List<PageOwner> owners = kinds().stream().map(pages::register).toList();
            for (PageOwner owner : owners) {
                pages.allocate(owner, 9);
            }
            pages.free(pages.allocate(owners.getFirst(), 0));
            try (HotPages hot = pages.hotPages()) {
                hot.allocate(owners.getFirst(), 0);
                hot.free(hot.allocate(owners.get(1), 1));
            }
            pages.allocateExact(0, owners.get(1), 5 * 4096L);
        }
        assertThat(leaks)
                .containsExactly(Map.of(
                        "unmovable", 513L, "reclaimable", 517L, "movable", 512L, "buffers", 512L, "large", 512L));
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void allocate_executorThatRefuses_givesTheBlockAllTheSame() {
        Deque<Runnable> tasks = new ArrayDeque<>();
        boolean[] refusing = {true};
        PageAllocatorOptions refused = options.withBackground(task -> {
            if (refusing[0]) {
                throw new RejectedExecutionException("closed");
            }
            tasks.add(task);
        });
        try (PageAllocator pages = PageAllocator.create(budget, refused)) {
            PageOwner owner = pages.register(PageOwner.Terms.buffers("buffers"));
            List<Long> handles = new ArrayList<>();
            for (int i = 0; i < 960; i++) {
                handles.add(pages.allocate(owner, 0));
            }
            refusing[0] = false;
            handles.add(pages.allocate(owner, 0));
            assertThat(tasks).as("asked again").hasSize(1);
            assertThat(pages.pagesByOwner()).isEqualTo(Map.of("buffers", 961L));
            tasks.pop().run();
            handles.forEach(pages::free);
            assertThat(pages.pagesByOwner()).isEmpty();
        }
    }

    @Test
    void options_ofTheFactories_reclaimNothingInTheBackground() {
        assertThat(options.background()).isEqualTo(Optional.empty());
    }
}
