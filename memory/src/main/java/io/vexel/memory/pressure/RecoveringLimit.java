package io.vexel.memory.pressure;

import java.util.concurrent.TimeUnit;

/**
 * A limit that goes down at once and up again slowly: by a sixteenth of itself a second, at least 1 MiB. So after a shortage caches do not
 * take back at once what they gave, and the shortage does not come back with them.
 */
final class RecoveringLimit {

    static final int SHARE_A_SECOND = 16;
    static final long LEAST_A_SECOND = 1 << 20;

    private final long most;
    private long bytes;

    RecoveringLimit(long most) {
        this.most = most;
        this.bytes = most;
    }

    long bytes() {
        return bytes;
    }

    void shrinkTo(long down) {
        bytes = Math.clamp(down, 0, bytes);
    }

    /** Lets time go by. */
    void grow(long nanos) {
        if (bytes < most) {
            double seconds = Math.max(0, nanos) / (double) TimeUnit.SECONDS.toNanos(1);
            double step = seconds * Math.max((double) bytes / SHARE_A_SECOND, LEAST_A_SECOND);
            bytes = step >= most - bytes ? most : bytes + (long) step;
        }
    }
}
