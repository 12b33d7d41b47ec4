package io.vexel.collection.payload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CapacityException;
import io.vexel.base.Deadline;
import io.vexel.base.DeviceException;
import io.vexel.base.TimeSource;
import io.vexel.collection.FieldIndex;
import io.vexel.collection.FieldPath;
import io.vexel.collection.Filter;
import io.vexel.collection.PayloadIndexStatistics.Status;
import io.vexel.index.Cancellation;
import io.vexel.index.Neighbors;
import io.vexel.index.RowFilter;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Shrinker;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Payload indexes that find no memory, or payloads that cannot be read: nothing stays reserved, and they are there again when that is over. */
class RefusedPayloadIndexesTest {

    private static final FieldIndex KEYWORD = FieldIndex.parse("n:keyword");
    private static final FieldIndex TEXT = FieldIndex.parse("t:text");
    private static final FieldIndex RANGE = FieldIndex.parse("n:range");
    private static final Filter FILTER = Filter.parse("n = 3");
    private static final int ROWS = 2_000;

    private final MemoryBudget budget = new MemoryBudget(64 << 20);
    private int unreadableFrom = Integer.MAX_VALUE;

    private PayloadIndexes.State state(int rows) {
        return new PayloadIndexes.State(rows, new Deaths(0, _ -> false), (row, sink) -> {
            if (row >= unreadableFrom) {
                throw new DeviceException(DeviceException.Operation.READ, row, 1, "injected");
            }
            byte[] json = ("{\"n\": " + row % 10 + "}").getBytes(StandardCharsets.UTF_8);
            sink.accept(json, 0, json.length);
        });
    }

    private static PayloadIndexes.State texts(int rows) {
        return new PayloadIndexes.State(rows, new Deaths(0, _ -> false), (row, sink) -> {
            byte[] json = ("{\"t\": \"w" + row % 10 + " common\"}").getBytes(StandardCharsets.UTF_8);
            sink.accept(json, 0, json.length);
        });
    }

    private static void checkAnswers(PayloadIndexes indexes, PayloadIndexes.State state) {
        assertThat(indexes.evaluate(FILTER, state, Cancellation.NONE)).hasValueSatisfying(bounds -> {
            assertThat(bounds.isExact()).isTrue();
            assertThat(bounds.lower().getCardinality()).isEqualTo(state.rowCount() / 10);
        });
    }

    private static Deadline soon() {
        return Deadline.in(60_000, TimeSource.SYSTEM);
    }

    @Test
    void giveWay_toAWrite_givesUpAllUntilThereIsMoreMemory() {
        CapacityException wanted = new CapacityException("memory budget bytes for ids", 4_096, 0);
        try (PayloadIndexes indexes = new PayloadIndexes(List.of(KEYWORD), budget)) {
            assertThat(indexes.giveWay(wanted, soon()))
                    .as("there is nothing yet")
                    .isFalse();
            budget.reserve("hog", 4_096);
            checkAnswers(indexes, state(ROWS));
            assertThat(indexes.giveWay(wanted, soon())).isTrue();
            assertThat(indexes.statistics().status()).isEqualTo(Status.DROPPED);
            assertThat(budget.usedBytes()).isEqualTo(4_096);
            assertThat(indexes.giveWay(wanted, soon())).isFalse();
            assertThat(indexes.evaluate(FILTER, state(ROWS), Cancellation.NONE)).isEmpty();
            budget.release("hog", 4_096);
            checkAnswers(indexes, state(ROWS));
            assertThat(indexes.statistics().status()).isEqualTo(Status.IN_USE);
        }
        assertThat(budget.usedBytes()).isZero();
    }

    /** Who builds them does not build on for a write that waits. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void giveWay_whileOthersBuild_endsThat() throws Exception {
        int rows = (1 << 17) + ROWS;
        CountDownLatch second = new CountDownLatch(1);
        CountDownLatch asked = new CountDownLatch(1);
        PayloadIndexes.State slow = new PayloadIndexes.State(rows, new Deaths(0, _ -> false), (row, sink) -> {
            if (row == 1 << 17) {
                second.countDown();
                awaitUninterruptibly(asked);
            }
            byte[] json = ("{\"n\": " + row % 10 + "}").getBytes(StandardCharsets.UTF_8);
            sink.accept(json, 0, json.length);
        });
        try (PayloadIndexes indexes = new PayloadIndexes(List.of(KEYWORD), budget)) {
            CompletableFuture<Boolean> builder = CompletableFuture.supplyAsync(
                    () -> indexes.evaluate(FILTER, slow, Cancellation.NONE).isPresent(),
                    task -> Thread.ofPlatform().daemon().start(task));
            second.await();
            CompletableFuture<Boolean> writer = CompletableFuture.supplyAsync(
                    () -> indexes.giveWay(new CapacityException("memory budget bytes for ids", 4_096, 0), soon()),
                    task -> Thread.ofPlatform().daemon().start(task));
            while (indexes.pressing().isEmpty()) {
                Thread.onSpinWait();
            }
            asked.countDown();
            assertThat(writer.get()).isTrue();
            assertThat(builder.get()).as("the answer of who built").isFalse();
            assertThat(indexes.statistics().status()).isEqualTo(Status.DROPPED);
        }
        assertThat(budget.usedBytes()).isZero();
    }

    /** What all of them were refused counts, also when one of them waits no longer. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void giveWay_toTwoWrites_countsWhatBothWereRefused() throws Exception {
        CountDownLatch building = new CountDownLatch(1);
        CountDownLatch asked = new CountDownLatch(1);
        try (PayloadIndexes indexes = new PayloadIndexes(List.of(KEYWORD), budget)) {
            checkAnswers(indexes, state(ROWS));
            budget.reserve("hog", 8 << 20);
            PayloadIndexes.State slow = new PayloadIndexes.State(ROWS + 500, new Deaths(0, _ -> false), (row, sink) -> {
                building.countDown();
                awaitUninterruptibly(asked);
                byte[] json = ("{\"n\": " + row % 10 + "}").getBytes(StandardCharsets.UTF_8);
                sink.accept(json, 0, json.length);
            });
            CompletableFuture<Boolean> builder = asynchronously(
                    () -> indexes.evaluate(FILTER, slow, Cancellation.NONE).isPresent());
            building.await();
            CapacityException much = new CapacityException("memory budget bytes for ids", 60 << 20, 0);
            CompletableFuture<Boolean> first = asynchronously(() -> indexes.giveWay(much, soon()));
            while (indexes.pressing().isEmpty()) {
                Thread.onSpinWait();
            }
            CapacityException little = new CapacityException("memory budget bytes for ids", 4_096, 0);
            assertThat(indexes.giveWay(little, Deadline.in(0, TimeSource.SYSTEM)))
                    .isFalse();
            assertThat(indexes.pressing().orElseThrow().requested()).isEqualTo(60 << 20);
            CompletableFuture<Boolean> second = asynchronously(() -> indexes.giveWay(little, soon()));
            while (indexes.pressing().orElseThrow().requested() == 60 << 20) {
                Thread.onSpinWait();
            }
            asked.countDown();
            assertThat(first.get()).isTrue();
            assertThat(second.get()).isTrue();
            assertThat(builder.get()).isFalse();
            assertThat(indexes.statistics().status()).isEqualTo(Status.DROPPED);
            budget.release("hog", 8 << 20);
            assertThat(indexes.evaluate(FILTER, state(ROWS), Cancellation.NONE))
                    .as("more has come than the second was refused, not as much as the first")
                    .isEmpty();
        }
        assertThat(budget.usedBytes()).isZero();
    }

    private static <T> CompletableFuture<T> asynchronously(Supplier<T> work) {
        return CompletableFuture.supplyAsync(
                work, task -> Thread.ofPlatform().daemon().start(task));
    }

    /** Who searches by words waits for who builds, and not longer than it wants to. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void search_byWordsWhileOthersBuild_asksWhetherToGoOn() throws Exception {
        CountDownLatch building = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        PayloadIndexes.State slow = new PayloadIndexes.State(ROWS, new Deaths(0, _ -> false), (row, sink) -> {
            building.countDown();
            awaitUninterruptibly(done);
            byte[] json = ("{\"t\": \"w" + row % 10 + " common\"}").getBytes(StandardCharsets.UTF_8);
            sink.accept(json, 0, json.length);
        });
        try (PayloadIndexes indexes = new PayloadIndexes(List.of(TEXT), budget)) {
            CompletableFuture<Integer> builder = CompletableFuture.supplyAsync(
                    () -> indexes.search(words(Cancellation.NONE), slow)
                            .map(found -> found.best().size())
                            .orElse(-1),
                    task -> Thread.ofPlatform().daemon().start(task));
            building.await();
            AtomicInteger asked = new AtomicInteger();
            TextQuery impatient = words(() -> {
                if (asked.incrementAndGet() == 3) {
                    throw new CancellationException("enough");
                }
            });
            assertThatThrownBy(() -> indexes.search(impatient, texts(ROWS))).hasMessage("enough");
            Thread.currentThread().interrupt();
            TextQuery untilInterrupted = words(() -> {
                if (Thread.currentThread().isInterrupted()) {
                    throw new CancellationException("interrupted");
                }
            });
            assertThatThrownBy(() -> indexes.search(untilInterrupted, texts(ROWS)))
                    .hasMessage("interrupted");
            AtomicInteger waits = new AtomicInteger();
            TextQuery patient = words(() -> {
                if (waits.incrementAndGet() == 3) {
                    done.countDown();
                }
            });
            assertThat(indexes.search(patient, texts(ROWS)))
                    .map(found -> found.best().size())
                    .contains(ROWS / 10);
            assertThat(Thread.interrupted())
                    .as("an interrupt that nobody minds")
                    .isTrue();
            assertThat(builder.get()).isEqualTo(ROWS / 10);
        }
        assertThat(budget.usedBytes()).isZero();
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static TextQuery words(Cancellation cancellation) {
        return new TextQuery(
                FieldPath.parse("t"), "w3", ROWS, RowFilter.ALL, RowFilter.ALL, Long::compare, cancellation);
    }

    @Test
    void search_refusedMemoryOnce_findsTheIndexesWhenThereIsSomeAgain() {
        try (PayloadIndexes indexes = new PayloadIndexes(List.of(KEYWORD), budget)) {
            long others = budget.availableBytes() - 1_000;
            budget.reserve("others", others);
            assertThat(indexes.evaluate(FILTER, state(ROWS), Cancellation.NONE)).isEmpty();
            assertThat(indexes.statistics().status()).isEqualTo(Status.DROPPED);
            int read = reads(() -> indexes.evaluate(FILTER, state(ROWS), Cancellation.NONE));
            assertThat(read).as("payloads read while there is no memory").isZero();
            budget.release("others", others);
            checkAnswers(indexes, state(ROWS));
            assertThat(indexes.statistics().status()).isEqualTo(Status.IN_USE);
        }
        assertThat(budget.usedBytes()).isZero();
    }

    /** A cache that fills the budget, and gives back as much as it is said to. */
    private final class Cache implements Shrinker {
        private static final String OWNER = "cache";

        private long held;
        private boolean gives = true;

        void fill() {
            long bytes = budget.availableBytes();
            budget.reserve(OWNER, bytes);
            held += bytes;
        }

        @Override
        public String name() {
            return OWNER;
        }

        @Override
        public long reclaimableBytes() {
            return held;
        }

        @Override
        public long shrink(long bytes) {
            long given = gives ? Math.min(bytes, held) : 0;
            if (given > 0) {
                held -= given;
                budget.release(OWNER, given);
            }
            return given;
        }
    }

    private Neighbors words(PayloadIndexes indexes, int rows) {
        TextQuery query = new TextQuery(
                FieldPath.parse("t"), "w3", ROWS, RowFilter.ALL, RowFilter.ALL, Long::compare, Cancellation.NONE);
        return indexes.search(query, texts(rows)).orElseThrow().best();
    }

    @Test
    void search_byWordsUnderAFullCache_hasTheCacheGiveMemoryBack() {
        Cache cache = new Cache();
        budget.addShrinker(cache);
        try (PayloadIndexes indexes = new PayloadIndexes(List.of(TEXT), budget)) {
            cache.fill();
            assertThat(words(indexes, ROWS).size()).isEqualTo(ROWS / 10);
            cache.fill();
            indexes.append(ROWS, texts(ROWS + 500));
            assertThat(indexes.statistics().status()).isEqualTo(Status.IN_USE);
            assertThat(indexes.statistics().rows()).isEqualTo(ROWS + 500);
        }
        assertThat(budget.usedBytes()).isEqualTo(cache.held);
    }

    @Test
    void search_byWordsWithoutMemoryForTheIndexes_readsPayloadsUntilCachesCanGiveIt() {
        Cache cache = new Cache();
        budget.addShrinker(cache);
        try (PayloadIndexes indexes = new PayloadIndexes(List.of(TEXT), budget)) {
            assertThat(words(indexes, ROWS).size()).isEqualTo(ROWS / 10);
            long bytes = indexes.statistics().bytes();
            budget.reserve("others", budget.availableBytes() - 10);
            indexes.append(ROWS, texts(ROWS + 500));
            assertThat(indexes.statistics().status()).isEqualTo(Status.DROPPED);
            TextMatches read =
                    indexes.search(words(Cancellation.NONE), texts(ROWS + 500)).orElseThrow();
            assertThat(read.best().size()).isEqualTo((ROWS + 500) / 10);
            assertThat(read.matches()).isEqualTo((ROWS + 500) / 10);
            assertThat(read.payloadsRead()).isEqualTo(ROWS + 500);
            assertThat(indexes.statistics().status()).isEqualTo(Status.DROPPED);
            // As much comes free as the rows need, and a cache has all of it.
            budget.release("others", bytes);
            cache.fill();
            assertThat(words(indexes, ROWS + 500).size()).isEqualTo((ROWS + 500) / 10);
            assertThat(indexes.statistics().status()).isEqualTo(Status.IN_USE);
        }
        budget.removeShrinker(cache);
    }

    /** To try and be refused takes longer than to read all payloads, so that is not done each time. */
    @Test
    void search_byWordsForMemoryThatACachePromisesOnly_triesNowAndThen() {
        Cache cache = new Cache();
        budget.addShrinker(cache);
        try (PayloadIndexes indexes = new PayloadIndexes(List.of(TEXT), budget)) {
            cache.fill();
            cache.gives = false;
            int tries = 0;
            for (int search = 0; search < 27; search++) {
                long before = budget.failedReservations();
                assertThat(indexes.search(words(Cancellation.NONE), texts(ROWS)))
                        .hasValueSatisfying(found -> {
                            assertThat(found.best().size()).isEqualTo(ROWS / 10);
                            assertThat(found.payloadsRead()).isEqualTo(ROWS);
                        });
                tries += budget.failedReservations() > before ? 1 : 0;
            }
            assertThat(tries).isEqualTo(4);
            cache.gives = true;
            int searches = 0;
            while (indexes.statistics().status() != Status.IN_USE) {
                assertThat(searches++).isLessThan(8);
                assertThat(words(indexes, ROWS).size()).isEqualTo(ROWS / 10);
            }
        }
        budget.removeShrinker(cache);
    }

    @Test
    void search_byAFilter_doesNotReadAllPayloadsForMemoryThatACachePromisesOnly() {
        Cache cache = new Cache();
        budget.addShrinker(cache);
        try (PayloadIndexes indexes = new PayloadIndexes(List.of(KEYWORD), budget)) {
            cache.fill();
            cache.gives = false;
            assertThat(indexes.evaluate(FILTER, state(ROWS), Cancellation.NONE)).isEmpty();
            assertThat(reads(() -> indexes.evaluate(FILTER, state(ROWS), Cancellation.NONE)))
                    .as("payloads read while the cache gives nothing")
                    .isZero();
            cache.gives = true;
            budget.release(Cache.OWNER, cache.held);
            cache.held = 0;
            budget.removeShrinker(cache);
        }
    }

    /** 1 when the work tried to read a payload. */
    private int reads(Runnable work) {
        unreadableFrom = 0;
        try {
            work.run();
            return 0;
        } catch (DeviceException e) {
            return 1;
        } finally {
            unreadableFrom = Integer.MAX_VALUE;
        }
    }

    @Test
    void addedIndex_whoseLastRowsCannotBeRead_isBuiltByTheNextSearch() {
        try (PayloadIndexes indexes = new PayloadIndexes(List.of(KEYWORD), budget)) {
            checkAnswers(indexes, state(ROWS));
            PayloadIndexes.Addition addition = new PayloadIndexes.Addition(RANGE, _ -> {});
            assertThat(indexes.extend(addition, state(ROWS))).isFalse();
            // A batch comes before the index counts, and its payloads cannot be read any more when it does.
            indexes.append(ROWS, state(ROWS + 500));
            unreadableFrom = ROWS;
            indexes.publish(addition, state(ROWS + 500));
            unreadableFrom = Integer.MAX_VALUE;
            checkAnswers(indexes, state(ROWS + 500));
            assertThat(indexes.evaluate(Filter.parse("n < 3"), state(ROWS + 500), Cancellation.NONE))
                    .hasValueSatisfying(bounds ->
                            assertThat(bounds.lower().getCardinality()).isEqualTo(750));
        }
        assertThat(budget.usedBytes()).isZero();
    }
}
