package io.vexel.engine;

import io.vexel.engine.Attempts.Failing;
import io.vexel.index.GraphSpec;
import io.vexel.index.HnswSpec;
import io.vexel.index.IndexSpec;
import io.vexel.index.LshSpec;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.ReservationRefusal;
import io.vexel.testkit.DiskImage;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** What is done with a volume while something fails. */
enum FaultWorkload {
    /** Points come, change and go, payload indexes too, and it is compacted; with too few points for an index. */
    POINTS(Optional.empty(), false),
    /** A graph with full rows is made, and saved. */
    GRAPH_MADE(Optional.of(graph(GraphSpec.Rows.FULL)), true),
    /** One with small rows. */
    SMALL_GRAPH_MADE(Optional.of(graph(GraphSpec.Rows.SMALL)), true),
    HNSW_MADE(Optional.of(hnsw()), true),
    LSH_MADE(Optional.of(LshSpec.DEFAULT), true),
    /** A graph is loaded, follows what is written, is swept, saved, loaded again, and gives way to another. */
    GRAPH_USED(Optional.of(graph(GraphSpec.Rows.FULL)), false),
    /** The same, and it is used where it was saved before it is loaded. */
    GRAPH_WALKED(Optional.of(graph(GraphSpec.Rows.FULL)), false),
    SMALL_GRAPH_USED(Optional.of(graph(GraphSpec.Rows.SMALL)), false),
    HNSW_USED(Optional.of(hnsw()), false),
    LSH_USED(Optional.of(LshSpec.DEFAULT), false),
    /** An index follows and is swept while no row stays in memory: each that it looks at is read. */
    HNSW_OVER_ROWS_AWAY(Optional.of(hnsw()), false, 512);

    private static final long BUDGET = 64L << 20;

    private static final int INDEXED = 2_200;
    private static final long DISK_BYTES = 64L << 20;
    private static final Map<FaultWorkload, DiskImage> PREPARED = new EnumMap<>(FaultWorkload.class);

    private final Optional<IndexSpec> index;
    private final boolean making;
    private final int dimension;

    FaultWorkload(Optional<IndexSpec> index, boolean making) {
        this(index, making, 8);
    }

    FaultWorkload(Optional<IndexSpec> index, boolean making, int dimension) {
        this.index = index;
        this.making = making;
        this.dimension = dimension;
    }

    private static IndexSpec graph(GraphSpec.Rows rows) {
        return GraphSpec.defaults().withRows(rows).withEfConstruction(24);
    }

    private static IndexSpec hnsw() {
        return new HnswSpec(8, 24, 50, HnswSpec.MOST_LEVELS, 42);
    }

    /** Whether the volume has the collection at the start. */
    private boolean isPrepared() {
        return index.isPresent() && !making;
    }

    /** What is in the collection at the start; nothing when there is none. */
    PointModel preparedPoints() {
        PointModel model = new PointModel(dimension);
        if (isPrepared()) {
            model.put(model.rows(0, INDEXED, 0));
        }
        return model;
    }

    /** What the volume is at the start. */
    DiskImage preparedDisk() {
        synchronized (PREPARED) {
            return PREPARED.computeIfAbsent(this, FaultWorkload::prepare);
        }
    }

    private DiskImage prepare() {
        OpenDevice device = new OpenDevice(Disks.formatted(DISK_BYTES, 4096, 11));
        if (isPrepared()) {
            FaultRun run = new FaultRun(
                    new Attempts(Failing.NOTHING, false), MemoryBudget.unlimited(), device, new PointModel(dimension));
            run.open();
            make(run);
            run.close();
        }
        return device.image();
    }

    private void make(FaultRun run) {
        run.create();
        run.with("choose an index", c -> c.createIndex(index.orElseThrow()));
        for (int from = 0; from < INDEXED; from += INDEXED / 4) {
            run.upsert(from, from + INDEXED / 4, 0);
        }
        run.with("await the index", Collection::awaitIndexed);
    }

    MemoryBudget budget(ReservationRefusal refusal) {
        MemoryBudget budget = MemoryBudget.withRefusal(BUDGET, refusal);
        if (this == HNSW_OVER_ROWS_AWAY) {
            budget.limitCaches(0);
        }
        return budget;
    }

    void run(FaultRun run) {
        if (this == GRAPH_WALKED) {
            run.walkSavedIndexes();
        }
        run.open();
        if (this == HNSW_OVER_ROWS_AWAY) {
            follow(run);
        } else if (index.isEmpty()) {
            points(run);
        } else if (making) {
            make(run);
            run.ask();
        } else {
            use(run);
        }
    }

    private static void points(FaultRun run) {
        run.create();
        run.ask();
        for (int from = 0; from < 30; from += 3) {
            run.upsert(from, from + 3, 0);
        }
        run.upsert(0, 1_300, 1);
        run.ask();
        run.with("add a payload index", c -> c.createPayloadIndex(PointModel.NUMBERS));
        run.upsert(0, 900, 2);
        run.delete(100, 400);
        run.ask();
        run.with("compact", Collection::compact);
        run.ask();
        run.reopen();
        run.ask();
        run.with("remove a payload index", c -> {
            if (c.spec().indexes().contains(PointModel.NUMBERS)) {
                c.dropPayloadIndex(PointModel.NUMBERS);
            }
        });
        run.createAndDropAnother();
        run.upsert(300, 500, 3);
        run.ask();
    }

    private static void follow(FaultRun run) {
        run.with("load the index", Collection::loadIndex);
        run.upsert(0, 40, 1);
        run.with("await the index", Collection::awaitIndexed);
        run.delete(300, 1_400);
        run.with("await the index", Collection::awaitIndexed);
        run.ask();
        // Rows that are moved take places over: vectors of both are read.
        run.with("compact", Collection::compact);
        run.with("check the index", Collection::verifyIndex);
        run.ask();
    }

    private void use(FaultRun run) {
        run.ask();
        run.with("load the index", Collection::loadIndex);
        run.upsert(0, 200, 1);
        run.delete(300, 1_400);
        run.with("await the index", Collection::awaitIndexed);
        run.ask();
        run.with("save the index", Collection::checkpointIndex);
        run.upsert(200, 300, 1);
        run.with("compact", Collection::compact);
        run.with("check the index", Collection::verifyIndex);
        run.ask();
        run.reopen();
        run.upsert(2_200, 2_300, 0);
        run.with("await the index", Collection::awaitIndexed);
        run.ask();
        run.with("choose another index", c -> c.createIndex(LshSpec.DEFAULT));
        run.ask();
        run.with("want no index", Collection::dropIndex);
        run.ask();
    }
}
