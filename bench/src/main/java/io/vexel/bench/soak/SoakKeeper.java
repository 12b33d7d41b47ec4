package io.vexel.bench.soak;

import io.vexel.base.CapacityException;
import io.vexel.base.ConflictException;
import io.vexel.bench.soak.SoakCounts.Kind;
import io.vexel.collection.IndexStatus;
import io.vexel.engine.Collection;
import io.vexel.engine.Volume;
import io.vexel.index.Verification;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/** Saves, compacts, checks and looks, now and then; and takes memory of the budget for a moment, as another user of it would. */
final class SoakKeeper {

    private static final String NEIGHBOR = "soak neighbor";
    private static final long PAUSE_NANOS = 100_000_000;
    private static final long LONGEST_LOAN_NANOS = 300_000_000;
    /** Share of the budget that the neighbor takes at most. */
    private static final int NEIGHBOR_SHARE = 10;

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

    private void compact(Collection collection) {
        try {
            soak.counts().run(Kind.COMPACT, collection::compact);
        } catch (ConflictException e) {
            // A paged index keeps its dead rows, and so does one that waits to be loaded.
            if (!waitsForMemory(collection) && !String.valueOf(e.getMessage()).contains("the index is paged")) {
                throw e;
            }
        }
    }

    /** @throws SoakFailure when the index is not sound */
    void verify(Collection collection) {
        soak.counts()
                .count(Kind.VERIFY, collection::verifyIndex)
                .map(Verification::findings)
                .ifPresent(findings -> {
                    if (!findings.isEmpty()) {
                        throw new SoakFailure("the index is not sound: " + findings);
                    }
                });
    }

    /** True when the saved index found no memory and is not there now: searches do without. */
    private static boolean waitsForMemory(Collection collection) {
        IndexStatus status = collection.indexStatus();
        return status.phase() == IndexStatus.Phase.UNUSABLE
                && status.problem()
                        .filter(text -> text.contains("waits for memory"))
                        .isPresent();
    }

    private void lend() {
        long bytes = random.nextLong(1, Math.max(2, soak.budget().limitBytes() / NEIGHBOR_SHARE));
        try {
            soak.budget().reserve(NEIGHBOR, bytes);
        } catch (CapacityException _) {
            return;
        }
        try {
            LockSupport.parkNanos(random.nextLong(LONGEST_LOAN_NANOS));
        } finally {
            soak.budget().release(NEIGHBOR, bytes);
        }
    }
}
