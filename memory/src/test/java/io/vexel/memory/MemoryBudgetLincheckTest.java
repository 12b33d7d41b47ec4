package io.vexel.memory;

import java.util.concurrent.atomic.AtomicLong;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/**
 * Reservations of several threads do what they would one after the other: none passes the limit, and none is refused what was free, or could have been
 * had from a shrinker. By the model checker of Lincheck.
 */
class MemoryBudgetLincheckTest {

    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");
    private static final int LIMIT = 16;

    /** What threads release; more than all of them do together. */
    private static final int HELD = 10;

    private static void validate(MemoryBudget budget) {
        long sum = budget.usedByOwner().values().stream()
                .mapToLong(Long::longValue)
                .sum();
        if (sum != budget.usedBytes() || sum < 0 || sum > LIMIT || budget.peakBytes() > LIMIT) {
            throw new AssertionError("used=" + budget.usedBytes() + " peak=" + budget.peakBytes() + " of owners: "
                    + budget.usedByOwner());
        }
    }

    /** A budget without shrinkers. */
    @Param(name = "bytes", gen = IntGen.class, conf = "1:4")
    public static class Reservations {

        private final MemoryBudget budget = MemoryBudget.patient(LIMIT);

        public Reservations() {
            budget.reserve("held", HELD);
        }

        @Operation
        public boolean tryReserve(@Param(name = "bytes") int bytes) {
            return budget.tryReserve("user", bytes);
        }

        @Operation
        public void release() {
            budget.release("held", 1);
        }

        @Operation
        public long used() {
            return budget.usedBytes();
        }

        @Validate
        public void validate() {
            MemoryBudgetLincheckTest.validate(budget);
        }
    }

    /** A budget that a cache fills, which gives back all or nothing. */
    @Param(name = "bytes", gen = IntGen.class, conf = "1:4")
    public static class ReservationsBesideACache {

        private final MemoryBudget budget = MemoryBudget.patient(LIMIT);
        private final Cache cache = new Cache(budget, LIMIT - HELD);

        public ReservationsBesideACache() {
            budget.reserve("held", HELD);
            budget.addShrinker(cache);
        }

        /** Succeeds if there is enough beside what users have, since the cache can do without. */
        @Operation
        public boolean reserve(@Param(name = "bytes") int bytes) {
            try {
                budget.reserve("user", bytes);
                return true;
            } catch (io.vexel.base.CapacityException e) {
                return false;
            }
        }

        @Operation
        public void release() {
            budget.release("held", 1);
        }

        @Validate
        public void validate() {
            MemoryBudgetLincheckTest.validate(budget);
        }
    }

    private static final class Cache implements Shrinker {

        private final MemoryBudget budget;
        private final AtomicLong held;

        Cache(MemoryBudget budget, long bytes) {
            this.budget = budget;
            this.held = new AtomicLong(bytes);
            budget.reserve("cache", bytes);
        }

        @Override
        public String name() {
            return "cache";
        }

        @Override
        public long reclaimableBytes() {
            return held.get();
        }

        @Override
        public long shrink(long bytes) {
            long given = held.getAndSet(0);
            budget.release("cache", given);
            return given;
        }
    }

    private static ModelCheckingOptions options(int actors) {
        return new ModelCheckingOptions()
                .iterations(DEEP ? 30 : 2)
                .invocationsPerIteration(DEEP ? 5_000 : 200)
                .threads(2)
                .actorsPerThread(actors)
                .actorsBefore(0)
                .actorsAfter(1)
                .minimizeFailedScenario(false);
    }

    @Test
    void budget_reservationsOfSeveralThreads_areLinearizable() {
        options(3).check(Reservations.class);
    }

    /** Few calls, since asking shrinkers has many steps. */
    @Test
    void budget_reservationsThatACacheMakesWayFor_areLinearizable() {
        options(DEEP ? 2 : 1).check(ReservationsBesideACache.class);
    }
}
