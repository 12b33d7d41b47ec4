package io.vexel.bench.paging;

import io.vexel.base.TimeSource;
import io.vexel.bench.data.Dataset;
import io.vexel.bench.data.MemoryRows;
import io.vexel.distance.ElementType;
import io.vexel.index.DerivedIndex;
import io.vexel.index.Effort;
import io.vexel.index.GraphSpec;
import io.vexel.index.IndexContext;
import io.vexel.index.QueryVector;
import io.vexel.index.SearchRequest;
import io.vexel.memory.MemoryBudget;
import java.util.List;

/**
 * The pages of full vectors that searches through a graph ask for. A graph is built over the rows in their order, each query is
 * searched for once, and what it read is noted; workloads then repeat the queries.
 */
final class SearchTraces {

    private static final int K = 10;
    private static final int SAMPLE_ROWS = 10_000;

    private final Dataset data;
    private final Workload workload;

    SearchTraces(Dataset data, Workload workload) {
        this.data = data;
        this.workload = workload;
    }

    /** One trace in which queries stay as popular as they are, and one in which other queries become popular. */
    List<PageTrace> record() {
        PagedRows paged = new PagedRows(data.base().length, data.rawBytesPerVector(), workload.pageBytes());
        int[][] rows = rowsOfQueries();
        return List.of(
                workload.trace(data.name() + ", steady", rows, paged, Workload.Popularity.STEADY),
                workload.trace(data.name() + ", drifting", rows, paged, Workload.Popularity.DRIFTING));
    }

    private int[][] rowsOfQueries() {
        try (MemoryRows rows = new MemoryRows(data.base())) {
            RecordingVectors recording = new RecordingVectors(rows);
            IndexContext context = new IndexContext(
                    data.metric(),
                    ElementType.FLOAT32,
                    data.dimension(),
                    MemoryBudget.unlimited(),
                    recording,
                    TimeSource.SYSTEM);
            try (DerivedIndex index = GraphSpec.defaults().create(context, sample(rows.rowCount()))) {
                for (int row = 0; row < rows.rowCount(); row++) {
                    index.insert(row, rows.address(row));
                }
                int[][] asked = new int[data.queries().length][];
                recording.takeAsked();
                for (int query = 0; query < asked.length; query++) {
                    index.search(SearchRequest.nearest(QueryVector.of(data.queries()[query]), K), Effort.forK(K));
                    asked[query] = recording.takeAsked();
                }
                return asked;
            }
        }
    }

    private static long[] sample(long rowCount) {
        long[] sample = new long[(int) Math.min(rowCount, SAMPLE_ROWS)];
        for (int i = 0; i < sample.length; i++) {
            sample[i] = i * rowCount / sample.length;
        }
        return sample;
    }
}
