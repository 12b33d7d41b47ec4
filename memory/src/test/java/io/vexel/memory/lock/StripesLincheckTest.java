package io.vexel.memory.lock;

import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * One thread at a time is in a stripe and sees what was done in it before, in whatever order the accesses of the threads fall. By the model checker of
 * Lincheck.
 */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StripesLincheckTest {

    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");
    private static final int STRIPES = 2;

    /** A count in parts, one in each stripe and guarded by nothing else. */
    public static class Counted {

        private static final class Part {
            private int value;
            private boolean busy;

            /** Adds 0 or 1; returns whether nobody else was in. */
            boolean add(int more) {
                boolean alone = !busy;
                busy = true;
                value += more;
                alone &= busy;
                busy = false;
                return alone;
            }
        }

        private final Stripes<Part> stripes = new Stripes<>(STRIPES, Part::new);

        @Operation
        public boolean increment() {
            Stripes.Stripe<Part> stripe = stripes.enter();
            try {
                return stripe.guarded().add(1);
            } finally {
                stripe.leave();
            }
        }

        /** Goes through all stripes; -1 when somebody else was in one. Since the count goes up by 1 at a time, it has every sum that is come by. */
        @Operation
        public int sum() {
            int[] sum = {0};
            boolean[] alone = {true};
            stripes.forEach(part -> {
                alone[0] &= part.add(0);
                sum[0] += part.value;
            });
            return alone[0] ? sum[0] : -1;
        }

        /** Goes through those that nobody is in; whether nobody was. */
        @Operation
        public boolean passFree() {
            boolean[] alone = {true};
            stripes.forEachFree(part -> alone[0] &= part.add(0));
            return alone[0];
        }
    }

    @Test
    void stripes_ofSeveralThreads_areEachOneThreadsAtATime() {
        new ModelCheckingOptions()
                .iterations(DEEP ? 60 : 4)
                .invocationsPerIteration(DEEP ? 5_000 : 200)
                .threads(2)
                .actorsPerThread(3)
                .actorsBefore(1)
                .actorsAfter(1)
                .minimizeFailedScenario(false)
                .check(Counted.class);
    }
}
