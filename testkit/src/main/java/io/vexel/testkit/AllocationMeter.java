package io.vexel.testkit;

import java.lang.management.ManagementFactory;

/** How much a piece of code allocates on the Java heap once it is compiled. */
public final class AllocationMeter {

    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final long PATIENCE_NANOS = 60_000_000_000L;

    private AllocationMeter() {}

    /**
     * Runs the code in rounds and returns the bytes that the calling thread allocated in the best of them; the first rounds
     * interpret and compile.
     *
     * @param rounds at least 1
     */
    public static long leastBytes(int rounds, Runnable code) {
        long least = Long.MAX_VALUE;
        for (int round = 0; round < rounds; round++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            code.run();
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }

    /**
     * Runs the code until a round of it allocates little enough, and returns the fewest bytes that the calling thread allocated in a
     * round. The first rounds interpret and compile; how many they are depends on what else the machine does.
     *
     * @param enough bytes at which to stop
     * @param code one round
     */
    public static long bytesOnceCompiled(long enough, Runnable code) {
        long least = Long.MAX_VALUE;
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (least > enough && System.nanoTime() < end) {
            least = Math.min(least, leastBytes(1, code));
        }
        return least;
    }
}
