package io.vexel.memory.pressure;

import java.nio.file.Path;

/** For programs of other packages that run on kernels with stall information. */
public final class TriggerProof {

    private TriggerProof() {}

    /** Whether a trigger can be armed, and a wait for it be ended. */
    public static boolean arms(Path file) {
        return TriggerWaiter.arm(file)
                .map(waiter -> {
                    waiter.wake();
                    boolean ended = waiter.await(Long.MAX_VALUE) == Waiter.Cause.TIME;
                    waiter.close();
                    return ended;
                })
                .orElse(false);
    }
}
