package io.vexel.engine;

import io.vexel.base.Checks;
import io.vexel.memory.slab.LeakReport;
import io.vexel.memory.slab.Misuse;
import io.vexel.memory.slab.SlabFlag;
import io.vexel.memory.slab.SlabOptions;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What a volume looks for in the objects that it keeps outside of the Java heap: the cache of vectors that do not fit. It finds what writes where it
 * should not, be it a fault of Vexel or of native code in the same process, and costs each object some work when it comes and goes.
 *
 * <p>What is found is put right, and told. A write into an object that is in use is not found.
 *
 * @param flags some of {@link SlabFlag#POISON}: writes to objects that are free; {@link SlabFlag#RED_ZONE}: writes before and behind an object; {@link
 *     SlabFlag#STORE_USER}: with the place in the program where an object was allocated and freed. At least one
 * @param misuses gets what is wrong with an object, by the thread that found it, with locks held: it must not use the volume
 * @param leaks gets the objects in use when the volume is closed, by the place where they were allocated; not called when there are none
 */
public record MemoryDebug(Set<SlabFlag> flags, Consumer<Misuse> misuses, Consumer<LeakReport> leaks) {

    private static final System.Logger LOG = System.getLogger(MemoryDebug.class.getName());

    /** What may be looked for. */
    public static final Set<SlabFlag> ALLOWED = Set.of(SlabFlag.POISON, SlabFlag.RED_ZONE, SlabFlag.STORE_USER);

    public MemoryDebug {
        flags = Set.copyOf(flags);
        Checks.argument(
                !flags.isEmpty() && ALLOWED.containsAll(flags),
                "flags=" + flags + ", allowed: POISON, RED_ZONE, STORE_USER, at least one");
    }

    /** Writes what is found to the log: misuses as errors, leaks as warnings. */
    public static MemoryDebug logging(Set<SlabFlag> flags) {
        return new MemoryDebug(
                flags,
                misuse -> LOG.log(System.Logger.Level.ERROR, "misuse of memory: {0}", misuse),
                leaks -> LOG.log(System.Logger.Level.WARNING, "memory in use when its volume was closed: {0}", leaks));
    }

    SlabOptions options() {
        return SlabOptions.standard()
                .debuggingWith(flags)
                .reportingMisusesTo(misuses)
                .reportingLeaksTo(leaks);
    }
}
