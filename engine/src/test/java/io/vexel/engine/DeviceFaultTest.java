package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.engine.Attempts.Failing;
import io.vexel.memory.ReservationRefusal;
import io.vexel.testkit.Fault;
import io.vexel.testkit.FaultRule;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The n-th read, write or flush of the device fails over whole workloads, once and for good: a typed error or a right answer, and nothing lost that was acknowledged. */
@Timeout(value = 60, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeviceFaultTest {

    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");

    /** So many operations of a workload are struck at most, evenly spread: a workload with an index takes a while. */
    private static int most(FaultWorkload workload) {
        if (DEEP) {
            return workload == FaultWorkload.HNSW_OVER_ROWS_AWAY ? 100 : 500;
        }
        return workload == FaultWorkload.POINTS ? 8 : 2;
    }

    @ParameterizedTest
    @EnumSource(names = {"POINTS", "GRAPH_USED", "GRAPH_WALKED", "HNSW_USED", "LSH_MADE", "HNSW_OVER_ROWS_AWAY"})
    void nthRead_fails_answersAreRightOrErrors(FaultWorkload workload) {
        strike(workload, Fault.READ_ERROR);
    }

    @ParameterizedTest
    @CsvSource({
        "POINTS, WRITE_ERROR",
        "POINTS, FLUSH_ERROR",
        "POINTS, GARBAGE_IN_FLIGHT",
        "GRAPH_USED, WRITE_ERROR",
        "GRAPH_USED, FLUSH_ERROR",
        "HNSW_MADE, GARBAGE_IN_FLIGHT"
    })
    void nthWriteOrFlush_fails_whatWasAcknowledgedIsThere(FaultWorkload workload, Fault fault) {
        strike(workload, fault);
    }

    private static void strike(FaultWorkload workload, Fault fault) {
        OpenDevice counted = new OpenDevice(workload.preparedDisk());
        run(workload, Failing.NOTHING, false, counted);
        long all = switch (fault) {
            case READ_ERROR -> counted.reads();
            case FLUSH_ERROR -> counted.flushes();
            default -> counted.writes();
        };
        assertThat(all).isGreaterThan(10);
        int failures = 0;
        double step = Math.max(1, (double) all / most(workload));
        for (double nth = step / 2; nth < all; nth += step) {
            for (boolean forGood : new boolean[] {false, true}) {
                OpenDevice device = new OpenDevice(workload.preparedDisk());
                device.inject(forGood ? FaultRule.afterCall(fault, (long) nth) : FaultRule.onCall(fault, (long) nth));
                Failing failing = fault == Fault.READ_ERROR ? Failing.READS : Failing.WRITES;
                try {
                    failures += Math.min(1, run(workload, failing, forGood, device));
                } catch (RuntimeException | AssertionError e) {
                    throw new AssertionError(
                            workload + ": " + fault + " at call " + (long) nth + (forGood ? " for good" : ""), e);
                }
            }
        }
        assertThat(failures).as("runs in which a call failed").isPositive();
    }

    private static int run(FaultWorkload workload, Failing failing, boolean forGood, OpenDevice device) {
        Attempts attempts = new Attempts(failing, forGood);
        FaultRun run =
                new FaultRun(attempts, workload.budget(ReservationRefusal.NONE), device, workload.preparedPoints());
        workload.run(run);
        run.end(device::heal);
        return attempts.failures();
    }
}
