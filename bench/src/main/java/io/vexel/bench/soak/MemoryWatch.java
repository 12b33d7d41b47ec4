package io.vexel.bench.soak;

import io.vexel.base.Bytes;
import io.vexel.memory.MemoryBudget;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * Looks at the memory of this process and at the budget many times a second, by a thread of its own. Invariant that it watches, in bytes:
 *
 * <pre>
 *  resident ≤ (1 + slack) × (limit of the budget + need of the JVM)        in use ≤ limit
 *  need of the JVM = committed by it + mapped files now + what it had besides before there was any volume
 * </pre>
 *
 * What the JVM has committed is asked for some times a second, and again before anything is called too much; the most of the last two seconds counts, since
 * malloc gives what the compiler has freed back to the system only after a while. Memory that malloc has free is nobody's: before anything is called too much
 * it is given back, which is counted.
 */
final class MemoryWatch implements AutoCloseable {

    private static final long INTERVAL_NANOS = 20_000_000;
    private static final int SAMPLES_A_LOOK = 10;
    private static final int LOOKS_THAT_COUNT = 10;

    private final MemoryBudget budget;
    private final double allowance;

    /** Resident before there was any volume, and not known to the JVM: its static data, the loader's, what malloc keeps. */
    private final long untracked;

    private final Thread thread =
            Thread.ofPlatform().name("soak memory").daemon().unstarted(this::run);
    private volatile boolean closed;
    private volatile Optional<SoakFailure> failure = Optional.empty();

    /** With the monitor, as what follows. */
    private MemoryFigures figures = new MemoryFigures(0, 0, 0, 0, 0, Long.MAX_VALUE, 0, Long.MIN_VALUE, 0);

    private long trims;
    private final ArrayDeque<Long> looks = new ArrayDeque<>();

    private MemoryWatch(MemoryBudget budget, double slackPercent) {
        this.budget = budget;
        this.allowance = 1 + slackPercent / 100;
        System.gc();
        long committed = ProcessMemory.committedByJvm();
        looks.add(committed);
        untracked = Math.max(0, ProcessMemory.resident().anonymous() - committed);
    }

    /** Begins to look; to be called before there is any volume. */
    static MemoryWatch start(MemoryBudget budget, double slackPercent) {
        MemoryWatch watch = new MemoryWatch(budget, slackPercent);
        watch.look();
        watch.thread.start();
        return watch;
    }

    private void run() {
        try {
            for (int i = 1; !closed; i++) {
                LockSupport.parkNanos(INTERVAL_NANOS);
                if (i % SAMPLES_A_LOOK == 0) {
                    look();
                }
                sample();
            }
        } catch (RuntimeException | Error e) {
            // Nobody looks any more, so the soak must not pass.
            fail(new SoakFailure("the memory cannot be watched: " + e, e));
        }
    }

    private synchronized void look() {
        looks.add(ProcessMemory.committedByJvm());
        if (looks.size() > LOOKS_THAT_COUNT) {
            looks.remove();
        }
    }

    /** Takes a sample now. */
    synchronized void sample() {
        // What is in use is read before what is resident: memory that comes in between makes the check stricter.
        long used = budget.usedBytes();
        ProcessMemory.Resident resident = ProcessMemory.resident();
        long jvm = need(resident);
        if (resident.all() > allowed(jvm)) {
            trims++;
            ProcessMemory.trim();
            look();
            resident = ProcessMemory.resident();
            jvm = need(resident);
        }
        long bound = allowed(jvm);
        long margin = bound - resident.all();
        boolean peak = resident.all() > figures.peakResident();
        boolean tight = margin < figures.leastMargin();
        figures = new MemoryFigures(
                figures.samples() + 1,
                peak ? resident.all() : figures.peakResident(),
                peak ? bound : figures.boundAtPeak(),
                peak ? jvm : figures.jvmAtPeak(),
                Math.max(figures.peakUsed(), used),
                tight ? margin : figures.leastMargin(),
                tight ? resident.all() : figures.residentAtLeastMargin(),
                Math.max(figures.mostUnexplained(), resident.all() - jvm - used),
                trims);
        if (used > budget.limitBytes()) {
            fail(new SoakFailure("bytes of the budget in use: " + used + ", allowed: " + budget.limitBytes()));
        }
        if (margin < 0) {
            fail(new SoakFailure("the process has " + Bytes.text(resident.all()) + " of memory, allowed: "
                    + Bytes.text(bound)
                    + ", " + allowance + " times the budget of " + Bytes.text(budget.limitBytes()) + " and the JVM's "
                    + Bytes.text(jvm) + "; the budget has " + Bytes.text(used) + " in use"));
        }
    }

    private long need(ProcessMemory.Resident resident) {
        return Collections.max(looks) + untracked + resident.file();
    }

    private long allowed(long jvm) {
        return (long) (allowance * (budget.limitBytes() + jvm));
    }

    private synchronized void fail(SoakFailure found) {
        if (failure.isEmpty()) {
            failure = Optional.of(found);
        }
    }

    /** What was wrong first. */
    Optional<SoakFailure> failure() {
        return failure;
    }

    synchronized MemoryFigures figures() {
        return figures;
    }

    /** Ends; returns when no more samples are taken. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
