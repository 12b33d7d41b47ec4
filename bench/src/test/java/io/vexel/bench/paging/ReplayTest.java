package io.vexel.bench.paging;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.paging.replacement.PolicyKind;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ReplayTest {

    private static final long SEED = 20_260_801;

    private static PageTrace random(SplittableRandom random, int length, int pages) {
        PageTrace.Recorder recorder = new PageTrace.Recorder();
        for (int i = 0; i < length; i++) {
            recorder.demand((long) (pages * random.nextDouble() * random.nextDouble()));
        }
        return recorder.trace("random");
    }

    @Test
    void mostHits_smallTraces_isTheBestOfAllChoices() {
        for (int round = 0; round < 300; round++) {
            SplittableRandom random = new SplittableRandom(SEED + round);
            PageTrace trace = random(random, random.nextInt(1, 14), 6);
            int frames = random.nextInt(1, 4);
            assertThat(new Replay(trace, frames).mostHits())
                    .as("seed %s", SEED + round)
                    .isEqualTo(best(trace, 0, new BitSet(), frames, new HashMap<>()));
        }
    }

    /** Tries every page that may leave at every fault. */
    private static int best(PageTrace trace, int at, BitSet held, int frames, Map<String, Integer> known) {
        if (at == trace.length()) {
            return 0;
        }
        String key = at + ":" + held;
        Integer before = known.get(key);
        if (before != null) {
            return before;
        }
        int page = trace.page(at);
        int most = 0;
        if (held.get(page)) {
            most = 1 + best(trace, at + 1, held, frames, known);
        } else if (held.cardinality() < frames) {
            BitSet next = (BitSet) held.clone();
            next.set(page);
            most = best(trace, at + 1, next, frames, known);
        } else {
            for (int victim = held.nextSetBit(0); victim >= 0; victim = held.nextSetBit(victim + 1)) {
                BitSet next = (BitSet) held.clone();
                next.clear(victim);
                next.set(page);
                most = Math.max(most, best(trace, at + 1, next, frames, known));
            }
        }
        known.put(key, most);
        return most;
    }

    @Test
    void policies_randomTraces_haveNoMoreHitsThanOpt() {
        for (int round = 0; round < 20; round++) {
            SplittableRandom random = new SplittableRandom(SEED + round);
            PageTrace trace = random(random, 5_000, 200);
            PolicyHits hits = PolicyHits.measure(trace, random.nextInt(1, 100), Replay.Hints.UNTOLD);
            for (PolicyKind kind : PolicyKind.values()) {
                assertThat(hits.share(kind))
                        .as("%s, seed %s", kind, SEED + round)
                        .isBetween(0.0, hits.best());
            }
        }
    }

    @Test
    void policies_framesForAllPages_missEachPageOnce() {
        PageTrace trace = random(new SplittableRandom(SEED), 3_000, 100);
        PolicyHits hits = PolicyHits.measure(trace, trace.pageCount(), Replay.Hints.UNTOLD);
        double share = (double) (trace.length() - trace.pageCount()) / trace.length();
        assertThat(hits.best()).isEqualTo(share);
        for (PolicyKind kind : PolicyKind.values()) {
            assertThat(hits.share(kind)).as("%s", kind).isEqualTo(share);
        }
    }

    @Test
    void default_queriesByZipfAndScans_hasMoreHitsThanLruAndClock() {
        Workload workload = new Workload(60_000, 0.9, 10_000, 4096, SEED);
        PageTrace trace = workload.madeUp("made up", new PagedRows(16_000, 512, 4096));
        for (Replay.Hints hints : Replay.Hints.values()) {
            PolicyHits hits = PolicyHits.measure(trace, 500, hints);
            assertThat(hits.overLru()).as("%s", hits).isGreaterThan(1.1);
            assertThat(hits.share(PolicyKind.DEFAULT)).isGreaterThan(1.05 * hits.share(PolicyKind.CLOCK));
        }
    }

    @Test
    void workload_rowsAcrossPages_askForAllTheirPages() {
        PageTrace.Recorder recorder = new PageTrace.Recorder();
        PagedRows paged = new PagedRows(10, 3_000, 4_096);
        paged.demand(1, recorder);
        paged.scan(recorder);
        PageTrace trace = recorder.trace("rows");
        assertThat(trace.page(0)).isZero();
        assertThat(trace.page(1)).isEqualTo(1);
        assertThat(trace.isScan(1)).isFalse();
        assertThat(trace.isScan(2)).isTrue();
        assertThat(trace.length()).isEqualTo(2 + 8);
        assertThat(trace.pageCount()).isEqualTo(8);
    }
}
