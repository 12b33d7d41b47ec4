package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.engine.Attempts.Failing;
import io.vexel.testkit.ReservationFaults;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The n-th reservation of the budget is refused over whole workloads, once and for good: no leak, no hang, no wrong answer, nothing lost. */
@Timeout(value = 60, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReservationFaultTest {

    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");

    /** So many reservations of a workload are refused at most, evenly spread: a workload with an index takes a while. */
    private static int most(FaultWorkload workload) {
        if (DEEP) {
            return workload == FaultWorkload.HNSW_OVER_ROWS_AWAY ? 100 : Integer.MAX_VALUE;
        }
        return workload == FaultWorkload.POINTS ? 20 : 3;
    }

    @ParameterizedTest
    @EnumSource
    void nthReservation_refusedOnceOrForGood_losesNothing(FaultWorkload workload) {
        long all = run(workload, Failing.NOTHING, 0, false);
        assertThat(all).as("reservations").isGreaterThan(20);
        int failures = 0;
        double step = Math.max(1, (double) all / most(workload));
        for (double nth = step / 2; nth < all; nth += step) {
            for (boolean forGood : new boolean[] {false, true}) {
                failures += (int) Math.min(1, run(workload, Failing.MEMORY, (long) nth, forGood));
            }
        }
        assertThat(failures).as("runs in which a call failed").isPositive();
    }

    /** Reservations in a run in which nothing fails; else the calls that failed. */
    private static long run(FaultWorkload workload, Failing failing, long nth, boolean forGood) {
        ReservationFaults faults = ReservationFaults.ofAll();
        Attempts attempts = new Attempts(failing, forGood);
        FaultRun run = new FaultRun(
                attempts, workload.budget(faults), new OpenDevice(workload.preparedDisk()), workload.preparedPoints());
        if (failing == Failing.MEMORY && forGood) {
            faults.refuseForGood(nth);
        } else if (failing == Failing.MEMORY) {
            faults.refuseOnce(nth);
        }
        try {
            workload.run(run);
            run.end(faults::heal);
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError(
                    workload + ": reservation " + nth + " refused" + (forGood ? " for good" : "") + "; " + faults, e);
        }
        return failing == Failing.NOTHING ? faults.seen() : attempts.failures();
    }
}
