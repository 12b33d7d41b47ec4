package io.vexel.bench.soak;

import io.vexel.base.ConflictException;
import io.vexel.bench.soak.SoakCounts.Kind;
import io.vexel.collection.IndexStatus;
import io.vexel.engine.Collection;
import io.vexel.engine.Volume;
import io.vexel.index.GraphRows;
import io.vexel.index.Verification;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/** Saves, compacts, checks and looks, now and then; and takes memory of the budget for a moment, as another user of it would. */
final class SoakKeeper {

    private static final String NEIGHBOR = "soak neighbor";
    private static final long PAUSE_NANOS = 100_000_000;
    private static final long LONGEST_LOAN_NANOS = 300_000_000;
    /** Share of the budget that the neighbor takes at most. */
    private static final int NEIGHBOR_SHARE = 10;
    /** Times that a compaction is tried while the index is in memory whenever it is looked at. */
    private static final int MOST_ATTEMPTS = 3;

    private final Soak soak;
    private final SplittableRandom random;

    SoakKeeper(Soak soak, long seed) {
        this.soak = soak;
        this.random = new SplittableRandom(seed);
    }

    /** Does one thing. */
    void keep(Volume volume, Collection collection) {
        switch (random.nextInt(16)) {
            case 0 -> soak.counts().run(Kind.CHECKPOINT, collection::checkpointIndex);
            case 1 -> compact(collection);
            case 2 -> verify(collection);
            case 3, 4, 5, 6, 7, 8 -> lend();
            default ->
                soak.counts().run(Kind.STATISTICS, () -> {
                    volume.statistics();
                    volume.warnings();
                });
        }
        LockSupport.parkNanos(random.nextLong(PAUSE_NANOS));
    }

    /**
     * A paged index keeps its dead rows, and so does one that waits to be loaded, or is being loaded. One that is in memory may have left it for a write and come back,
     * but not each time that it is tried.
     */
    private void compact(Collection collection) {
        for (int attempt = 1; ; attempt++) {
            try {
                soak.counts().run(Kind.COMPACT, collection::compact);
                return;
            } catch (ConflictException e) {
                if (!isInMemory(collection.indexStatus())) {
                    soak.counts().refuse(Kind.COMPACT, e);
                    return;
                }
                if (attempt == MOST_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private static boolean isInMemory(IndexStatus status) {
        return status.phase() == IndexStatus.Phase.ACTIVE
                && status.layout().filter(GraphRows::paged).isEmpty();
    }

    /**
     * Checks the index; one that there is no memory to load cannot be checked, which is counted.
     *
     * @throws SoakFailure when the index is not sound
     */
    void verify(Collection collection) {
        List<String> findings = soak.counts()
                .count(Kind.VERIFY, collection::verifyIndex)
                .map(Verification::findings)
                .orElse(List.of());
        if (!findings.isEmpty()) {
            throw new SoakFailure("the index is not sound: " + findings);
        }
    }

    private void lend() {
        long bytes = random.nextLong(1, Math.max(2, soak.budget().limitBytes() / NEIGHBOR_SHARE));
        if (!soak.counts().run(Kind.LOAN, () -> soak.budget().reserve(NEIGHBOR, bytes))) {
            return;
        }
        try {
            LockSupport.parkNanos(random.nextLong(LONGEST_LOAN_NANOS));
        } finally {
            soak.budget().release(NEIGHBOR, bytes);
        }
    }
}
