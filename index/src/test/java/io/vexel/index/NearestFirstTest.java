package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Filters that are held against rows afterwards, against a naive twin that asks about all of them. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NearestFirstTest {

    private static Neighbors rows(Random random, int count) {
        double[] distances =
                random.doubles(count, 0, 10).map(Math::rint).sorted().toArray();
        long[] ordinals = random.longs(0, 1_000).distinct().limit(count).toArray();
        return new Neighbors(ordinals, distances);
    }

    private static SearchRequest request(int queries, int k) {
        return SearchRequest.nearest(Collections.nCopies(queries, QueryVector.of(1)), k);
    }

    private static Optional<List<Neighbors.Hit>> naive(Neighbors rows, SearchRequest request) {
        List<Neighbors.Hit> fulfilling = rows.hits()
                .filter(hit -> hit.distance() <= request.radius())
                .filter(hit -> request.filter().accepts(hit.ordinal()))
                .limit(request.k())
                .toList();
        boolean reachesBeyond = rows.hits().anyMatch(hit -> hit.distance() > request.radius());
        return fulfilling.size() == request.k() || reachesBeyond ? Optional.of(fulfilling) : Optional.empty();
    }

    @Test
    void filter_ofRandomRows_isWhatTheTwinSays() {
        Random random = new Random(6);
        int told = 0;
        for (int i = 0; i < 5_000; i++) {
            Neighbors rows = rows(random, random.nextInt(20));
            int modulus = 1 + random.nextInt(4);
            SearchRequest request = request(1, 1 + random.nextInt(8)).withFilter(ordinal -> ordinal % modulus == 0);
            if (random.nextBoolean()) {
                request = request.withRadius(random.nextInt(12));
            }
            Optional<List<Neighbors.Hit>> found = NearestFirst.filter(List.of(rows), request)
                    .getFirst()
                    .map(neighbors -> neighbors.hits().toList());
            assertThat(found).as("round %d", i).isEqualTo(naive(rows, request));
            told += found.isPresent() ? 1 : 0;
        }
        assertThat(told).isBetween(1_000, 4_500);
    }

    @Test
    void filter_isAskedNearestFirstAndNoMoreThanNeeded() {
        Neighbors rows = new Neighbors(new long[] {4, 1, 6, 3, 8}, new double[] {1, 2, 3, 4, 5});
        List<Long> asked = new ArrayList<>();
        RowFilter even = ordinal -> {
            asked.add(ordinal);
            return ordinal % 2 == 0;
        };
        NearestFirst.filter(List.of(rows), request(1, 2).withFilter(even));
        assertThat(asked).as("two fulfil it").containsExactly(4L, 1L, 6L);
        asked.clear();
        assertThat(NearestFirst.filter(List.of(rows), request(1, 4).withFilter(even)))
                .containsExactly(Optional.empty());
        assertThat(asked).as("the last cannot be enough any more").containsExactly(4L, 1L, 6L, 3L);
        asked.clear();
        NearestFirst.filter(List.of(rows), request(1, 4).withFilter(even).withRadius(3));
        assertThat(asked).as("as far as the radius").containsExactly(4L, 1L, 6L);
        asked.clear();
        assertThat(NearestFirst.filter(List.of(rows), request(1, 6).withFilter(even)))
                .containsExactly(Optional.empty());
        assertThat(asked).as("there are not so many rows").isEmpty();
    }

    @Test
    void filter_ofManyQueriesOnThreads_isThatOfEach() {
        Random random = new Random(7);
        List<Neighbors> all =
                IntStream.range(0, 500).mapToObj(_ -> rows(random, 30)).toList();
        SearchRequest request = request(500, 5).withFilter(ordinal -> ordinal % 3 == 0);
        List<Optional<List<Neighbors.Hit>>> expected =
                all.stream().map(rows -> naive(rows, request)).toList();
        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            assertThat(NearestFirst.filter(all, request.withParallelism(new Parallelism(4, threads))).stream()
                            .map(found ->
                                    found.map(neighbors -> neighbors.hits().toList())))
                    .containsExactlyElementsOf(expected);
        }
    }

    @Test
    void filter_cancelled_endsBeforeTheNextRow() {
        AtomicInteger asked = new AtomicInteger();
        RowFilter none = _ -> {
            asked.incrementAndGet();
            return false;
        };
        SearchRequest request = request(1, 1).withFilter(none).withCancellation(() -> {
            if (asked.get() == 3) {
                throw new CancellationException("enough");
            }
        });
        assertThatThrownBy(() -> NearestFirst.filter(List.of(rows(new Random(8), 10)), request))
                .isInstanceOf(CancellationException.class);
        assertThat(asked).hasValue(3);
    }

    @Test
    void filter_ofOtherThanOneListAQuery_isRefused() {
        assertThatThrownBy(() -> NearestFirst.filter(List.of(), request(2, 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("found=0 lists, allowed: 2, one for each query");
    }
}
