package io.vexel.index;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/**
 * What was unreachable before an epoch is not used again while a search that could have reached it runs, in whatever order the accesses of the threads
 * fall. By the model checker of Lincheck.
 */
class EpochPoolLincheckTest {

    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");

    private static final class Nothing extends EpochPool.Context {
        @Override
        public void close() {
            // It has nothing.
        }
    }

    /** A record that one thread replaces, and uses again when it may, while others read it. */
    public static class Replaced {

        private static final class Record {
            private volatile boolean usedAgain;
        }

        private record Retired(Record record, long epoch) {}

        private final EpochPool<Nothing> searches = new EpochPool<>(Nothing::new);
        private final AtomicReference<Record> reachable = new AtomicReference<>(new Record());
        /** Guarded by itself, as retired places are by their owner. */
        private final List<Retired> retired = new ArrayList<>();

        /** Whether what was read stayed what it was while the search ran. */
        @Operation
        public boolean search() {
            Nothing context = searches.enter();
            try {
                Record found = reachable.get();
                boolean same = !found.usedAgain;
                return same && !found.usedAgain;
            } finally {
                searches.exit(context);
            }
        }

        /** Makes the record unreachable, and uses again what may be: this one, if no search can have reached it, and those before. */
        @Operation
        public void sweep() {
            Record before = reachable.getAndSet(new Record());
            synchronized (retired) {
                retired.add(new Retired(before, searches.advance()));
                long oldest = searches.oldest();
                for (Iterator<Retired> each = retired.iterator(); each.hasNext(); ) {
                    Retired next = each.next();
                    if (oldest >= next.epoch) {
                        next.record.usedAgain = true;
                        each.remove();
                    }
                }
            }
        }
    }

    @Test
    void epochs_searchesBesideSweeps_keepWhatTheyReach() {
        new ModelCheckingOptions()
                .iterations(DEEP ? 40 : 2)
                .invocationsPerIteration(DEEP ? 5_000 : 100)
                // Contexts that are idle lie in places that threads seldom have in common; what counts is when a search
                // is seen.
                .addGuarantee(forClasses(AtomicReferenceArray.class.getName())
                        .allMethods()
                        .ignore())
                .loopIterationsBeforeThreadSwitch(1_000)
                .loopBound(1_000)
                .threads(2)
                .actorsPerThread(2)
                .actorsBefore(1)
                .actorsAfter(0)
                .minimizeFailedScenario(false)
                .check(Replaced.class);
    }
}
