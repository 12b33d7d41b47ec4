package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.CapacityException;
import io.vexel.base.ClosedException;
import io.vexel.base.ConflictException;
import io.vexel.base.DeviceException;
import io.vexel.base.VexelException;

/** Calls that may fail while something fails: each does its work or throws what it may, and what failed once is done when it is tried again. */
final class Attempts {

    private final Failing failing;
    private final boolean forGood;
    private int failures;
    private boolean pagedIndexMet;

    /** What fails. */
    enum Failing {
        /** Nothing: the run is counted. */
        NOTHING,
        /** Reservations of the budget: what was refused has changed nothing. */
        MEMORY,
        /** Reads: what has failed has changed nothing, save that an index may be out of use. */
        READS,
        /** Writes and flushes: a write that failed may be there after all, and after it there may be no other. */
        WRITES
    }

    Attempts(Failing failing, boolean forGood) {
        this.failing = failing;
        this.forGood = forGood;
    }

    Failing failing() {
        return failing;
    }

    /** Calls that failed. */
    int failures() {
        return failures;
    }

    /** Does something that may fail; true when it was done, if need be the second time. */
    boolean attempt(String what, Runnable work) {
        try {
            if (once(what, work)) {
                return true;
            }
            boolean again = !forGood && once(what, work);
            // An index that could not be read is out of use until the volume is opened again.
            boolean indexIsOut =
                    failing == Failing.READS && (what.startsWith("compact") || what.equals("check the index"));
            // One that found no memory when it was loaded is paged until then, and a compaction is refused.
            boolean indexIsPaged = failing == Failing.MEMORY && what.startsWith("compact") && pagedIndexMet;
            boolean must = !forGood && failing != Failing.WRITES && !indexIsOut && !indexIsPaged;
            assertThat(again || !must).as("it is done when it is tried again").isTrue();
            return again;
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError(what, e);
        }
    }

    /** As {@link #attempt}, but does not try again. */
    boolean once(String what, Runnable work) {
        try {
            work.run();
            return true;
        } catch (VexelException e) {
            if (!mayBeThrown(what, e)) {
                throw e;
            }
            failures++;
            pagedIndexMet = e instanceof ConflictException && e.getMessage().contains("the index is paged");
            return false;
        }
    }

    private boolean mayBeThrown(String what, VexelException e) {
        boolean indexIsOut = what.startsWith("compact") && e instanceof ConflictException;
        return indexIsOut
                || switch (failing) {
                    case NOTHING -> false;
                    case MEMORY -> e instanceof CapacityException;
                    case READS -> e instanceof DeviceException;
                    case WRITES -> e instanceof DeviceException || e instanceof ClosedException;
                };
    }
}
