package io.vexel.memory.slab;

import java.security.SecureRandom;
import java.util.Set;
import java.util.function.Consumer;

/**
 * How a slab allocator works.
 *
 * @param node whose pages its slabs are made of
 * @param seed of random places and red zones
 * @param debugging flags that all its caches have beside their own; then none are merged
 * @param misuses gets what is found wrong in the memory of objects, after everything was put in order. A handle that is no good is an exception
 *     in any case
 * @param leaks gets what is in use when a cache is closed, if anything is
 */
public record SlabOptions(
        int node, long seed, Set<SlabFlag> debugging, Consumer<Misuse> misuses, Consumer<LeakReport> leaks) {

    private static final System.Logger LOG = System.getLogger(SlabOptions.class.getName());

    public SlabOptions {
        debugging = Set.copyOf(debugging);
    }

    /** Node 0, a seed that nobody knows; misuses are thrown, leaks logged. */
    public static SlabOptions standard() {
        return new SlabOptions(
                0,
                new SecureRandom().nextLong(),
                Set.of(),
                misuse -> {
                    throw new MisuseException(misuse);
                },
                leaks -> LOG.log(System.Logger.Level.WARNING, "memory leaks: {0}", leaks));
    }

    /** The same on a node. */
    public SlabOptions onNode(int number) {
        return new SlabOptions(number, seed, debugging, misuses, leaks);
    }

    /** The same with a seed. */
    public SlabOptions withSeed(long number) {
        return new SlabOptions(node, number, debugging, misuses, leaks);
    }

    /** The same with debugging flags for all caches. */
    public SlabOptions debuggingWith(Set<SlabFlag> flags) {
        return new SlabOptions(node, seed, flags, misuses, leaks);
    }

    /** The same with another receiver of misuses. */
    public SlabOptions reportingMisusesTo(Consumer<Misuse> receiver) {
        return new SlabOptions(node, seed, debugging, receiver, leaks);
    }

    /** The same with another receiver of leaks. */
    public SlabOptions reportingLeaksTo(Consumer<LeakReport> receiver) {
        return new SlabOptions(node, seed, debugging, misuses, receiver);
    }
}
