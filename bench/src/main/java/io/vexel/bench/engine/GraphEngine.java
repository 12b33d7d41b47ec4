package io.vexel.bench.engine;

import io.vexel.base.TimeSource;
import io.vexel.bench.data.Dataset;
import io.vexel.bench.data.MemoryRows;
import io.vexel.distance.ElementType;
import io.vexel.index.DerivedIndex;
import io.vexel.index.Effort;
import io.vexel.index.GraphSpec;
import io.vexel.index.IndexContext;
import io.vexel.index.Neighbors;
import io.vexel.index.QueryVector;
import io.vexel.index.SearchRequest;
import io.vexel.memory.MemoryBudget;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Vexel's graph over rows in memory, below collections and the file system: the layer at which the peers are measured, too.
 */
final class GraphEngine implements AnnEngine {

    private static final int SAMPLE_ROWS = 10_000;

    /** Rows that a thread hands over together, as the indexers of a collection do. */
    private static final int ROWS_AT_ONCE = 4;

    private final String name;
    private final GraphSpec spec;

    private GraphEngine(String name, GraphSpec spec) {
        this.name = name;
        this.spec = spec.withEfConstruction(EF_CONSTRUCTION);
    }

    /** With one-bit codes of the neighbors in each row. */
    static GraphEngine full() {
        return new GraphEngine("vexel", GraphSpec.defaults());
    }

    /** Without. */
    static GraphEngine small() {
        return new GraphEngine("vexel-small", GraphSpec.defaults().withRows(GraphSpec.Rows.SMALL));
    }

    /** Without them, and with codes of four bits. */
    static GraphEngine packed() {
        return new GraphEngine(
                "vexel-4bit",
                GraphSpec.defaults().withRows(GraphSpec.Rows.SMALL).withCodes(GraphSpec.Codes.FOUR_BITS));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String settings() {
        Map<String, String> options = spec.options();
        return "graph index over rows in memory, " + options.get("rows") + " rows, " + options.get("codes") + " codes, "
                + 2 * M + " links, efConstruction " + EF_CONSTRUCTION
                + "; bytes: off-heap memory of the index, and the vectors";
    }

    @Override
    public boolean isApproximate() {
        return true;
    }

    @Override
    public AnnIndex build(Dataset data, int threads) {
        MemoryRows rows = new MemoryRows(data.base());
        var context = new IndexContext(
                data.metric(),
                ElementType.FLOAT32,
                data.dimension(),
                MemoryBudget.unlimited(),
                rows,
                TimeSource.SYSTEM);
        try {
            DerivedIndex index = spec.create(context, sample(rows.rowCount()));
            try {
                insertAll(index, rows, threads);
            } catch (RuntimeException | Error e) {
                index.close();
                throw e;
            }
            return new Built(index, rows);
        } catch (RuntimeException | Error e) {
            rows.close();
            throw e;
        }
    }

    private static long[] sample(long rowCount) {
        long[] sample = new long[(int) Math.min(rowCount, SAMPLE_ROWS)];
        for (int i = 0; i < sample.length; i++) {
            sample[i] = i * rowCount / sample.length;
        }
        return sample;
    }

    private static void insertAll(DerivedIndex index, MemoryRows rows, int threads) {
        AtomicInteger next = new AtomicInteger();
        Runnable work = () -> {
            long[] ordinals = new long[ROWS_AT_ONCE];
            long[] addresses = new long[ROWS_AT_ONCE];
            for (int row = next.getAndAdd(ROWS_AT_ONCE); row < rows.rowCount(); row = next.getAndAdd(ROWS_AT_ONCE)) {
                int count = (int) Math.min(ROWS_AT_ONCE, rows.rowCount() - row);
                for (int i = 0; i < count; i++) {
                    ordinals[i] = (long) row + i;
                    addresses[i] = rows.address(row + i);
                }
                if (index.insertAll(ordinals, addresses, count) < count) {
                    throw new IllegalStateException("no memory for more than " + row + " rows");
                }
            }
        };
        Workers.run(threads, work);
    }

    private record Built(DerivedIndex index, MemoryRows rows) implements AnnIndex {

        @Override
        public long bytes(long heapGrowth) {
            return index.statistics().memoryBytes() + rows.byteSize();
        }

        @Override
        public AnnSearcher searcher(int ef, int k) {
            Effort effort = Effort.of(ef);
            return query -> {
                Neighbors found = index.search(SearchRequest.nearest(QueryVector.of(query), k), effort)
                        .neighbors()
                        .getFirst();
                int[] ids = new int[found.size()];
                for (int i = 0; i < ids.length; i++) {
                    ids[i] = (int) found.ordinal(i);
                }
                return ids;
            };
        }

        @Override
        public void close() {
            index.close();
            rows.close();
        }
    }
}
