package io.vexel.bench.engine;

import io.vexel.bench.data.Dataset;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** Knows the ground truth, and finds so many of the true neighbors as {@code ef} allows; notes what happens to it. */
public final class FakeEngine implements AnnEngine {

    private final String name;
    private final int efForAll;
    private final List<String> events;

    /** @param efForAll from this {@code ef} on, all true neighbors are found; 0: an exact engine */
    public FakeEngine(String name, int efForAll, List<String> events) {
        this.name = name;
        this.efForAll = efForAll;
        this.events = events;
    }

    public FakeEngine(String name, int efForAll) {
        this(name, efForAll, new CopyOnWriteArrayList<>());
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String settings() {
        return "all found from ef " + efForAll + " <on>";
    }

    @Override
    public boolean isApproximate() {
        return efForAll > 0;
    }

    @Override
    public AnnIndex build(Dataset data, int threads) {
        String part = data.truth().length == 0 ? " of " + data.base().length + " rows" : "";
        events.add(name + " builds " + threads + part);
        return new AnnIndex() {
            @Override
            public long bytes(long heapGrowth) {
                return 100L * data.base().length;
            }

            @Override
            public AnnSearcher searcher(int ef, int k) {
                events.add(name + " searches " + ef);
                int found = efForAll == 0 ? k : Math.min(k, k * ef / efForAll);
                Map<float[], int[]> answers = new IdentityHashMap<>();
                for (int q = 0; q < data.queries().length; q++) {
                    answers.put(data.queries()[q], Arrays.copyOf(data.truth()[q], found));
                }
                return answers::get;
            }

            @Override
            public void close() {
                events.add(name + " closes " + threads);
            }
        };
    }
}
