package io.vexel.bench.engine;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * What a build took.
 *
 * @param seconds that passed
 * @param cpuSeconds processor time of the whole process, compiler and collector with it
 */
public record BuildTime(double seconds, double cpuSeconds) {

    /** No time at all. */
    public static final BuildTime NONE = new BuildTime(0, 0);

    private static final OperatingSystemMXBean PROCESS =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    /** The time from the start of the process's clocks; the difference of two of them is what lies between. */
    public static BuildTime now() {
        return new BuildTime(System.nanoTime() / 1e9, PROCESS.getProcessCpuTime() / 1e9);
    }

    /** Both sums. */
    public BuildTime plus(BuildTime other) {
        return new BuildTime(seconds + other.seconds, cpuSeconds + other.cpuSeconds);
    }

    /** Both differences. */
    public BuildTime minus(BuildTime earlier) {
        return new BuildTime(seconds - earlier.seconds, cpuSeconds - earlier.cpuSeconds);
    }
}
