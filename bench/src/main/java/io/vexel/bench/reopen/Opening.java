package io.vexel.bench.reopen;

import io.vexel.base.TimeSource;
import io.vexel.bench.engine.RowVolume;
import io.vexel.collection.IndexStatus;
import io.vexel.engine.Collection;
import io.vexel.engine.SearchRequest;
import io.vexel.engine.Volume;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * One opening, in nanoseconds from its begin.
 *
 * @param volume until the volume was open
 * @param collection until its ids were there
 * @param answer until the first search through the index was answered
 * @param answers until {@value #SEARCHES} were, one after the other
 * @param loaded until the index was in memory
 */
public record Opening(long volume, long collection, long answer, long answers, long loaded) {

    static final int SEARCHES = 100;
    private static final int K = 10;

    /** Opens a volume, asks it, waits for its index, and closes it. */
    static Opening measure(Path image, int indexThreads, float[][] queries, int ef) {
        TimeSource time = TimeSource.SYSTEM;
        long start = time.nanoTime();
        try (Volume volume = RowVolume.open(image, indexThreads)) {
            long open = time.nanoTime() - start;
            Collection collection = volume.collection(RowVolume.COLLECTION);
            long ids = time.nanoTime() - start;
            long first = 0;
            for (int search = 0; search < SEARCHES; search++) {
                collection.search(SearchRequest.builder(queries[search % queries.length])
                        .k(K)
                        .ef(ef)
                        .build());
                first = search == 0 ? time.nanoTime() - start : first;
            }
            long all = time.nanoTime() - start;
            IndexStatus status = collection.loadIndex();
            if (status.phase() != IndexStatus.Phase.ACTIVE) {
                throw new IllegalStateException("the index is " + status.phase() + " after loading, expected: ACTIVE");
            }
            return new Opening(open, ids, first, all, time.nanoTime() - start);
        }
    }

    /** In one line, for {@link #parse}. */
    String line() {
        return volume + " " + collection + " " + answer + " " + answers + " " + loaded;
    }

    static Opening parse(String line) {
        List<Long> numbers =
                Arrays.stream(line.strip().split(" ")).map(Long::valueOf).toList();
        return new Opening(numbers.get(0), numbers.get(1), numbers.get(2), numbers.get(3), numbers.get(4));
    }
}
