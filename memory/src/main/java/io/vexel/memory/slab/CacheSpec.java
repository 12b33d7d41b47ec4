package io.vexel.memory.slab;

import io.vexel.base.Checks;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * What a cache of objects is made of.
 *
 * @param name in statistics and reports; need not be unique
 * @param objectBytes of an object, 1..{@link #MAX_OBJECT_BYTES}
 * @param alignment of objects, a power of two in 8..4096
 * @param flags what the cache does beside
 * @param constructor makes objects, where they need it
 */
public record CacheSpec(
        String name, int objectBytes, int alignment, Set<SlabFlag> flags, Optional<ObjectConstructor> constructor) {

    /** The largest object of a cache; larger ones are blocks of pages. */
    public static final int MAX_OBJECT_BYTES = 256 << 10;

    /** Freed objects that a cache with {@link SlabFlag#QUARANTINE} keeps from being used again. */
    public static final int QUARANTINED = 256;

    static final int LEAST_ALIGNMENT = 8;
    private static final int CACHE_LINE = 64;
    private static final int MOST_ALIGNMENT = 4096;
    private static final Set<SlabFlag> SLOW = EnumSet.complementOf(EnumSet.of(SlabFlag.HWCACHE_ALIGN, SlabFlag.MERGE));

    public CacheSpec {
        Checks.inRange("objectBytes", objectBytes, 1, MAX_OBJECT_BYTES);
        Checks.powerOfTwo("alignment", alignment, LEAST_ALIGNMENT, MOST_ALIGNMENT);
        flags = Set.copyOf(flags);
        if (flags.contains(SlabFlag.HWCACHE_ALIGN)) {
            alignment = Math.max(alignment, CACHE_LINE);
        }
        boolean mergeable = constructor.isEmpty() && flags.stream().noneMatch(SLOW::contains);
        Checks.argument(
                !flags.contains(SlabFlag.MERGE) || mergeable,
                "cache=" + name + " flags=" + flags + " constructor=" + constructor.isPresent()
                        + ", allowed: MERGE without constructor and debugging flags");
    }

    /** Objects of so many bytes, aligned to 8. */
    public static CacheSpec of(String name, int objectBytes) {
        return new CacheSpec(name, objectBytes, LEAST_ALIGNMENT, Set.of(), Optional.empty());
    }

    /** The same, aligned. */
    public CacheSpec alignedTo(int bytes) {
        return new CacheSpec(name, objectBytes, bytes, flags, constructor);
    }

    /** The same with these flags, too. */
    public CacheSpec with(SlabFlag... more) {
        EnumSet<SlabFlag> all = EnumSet.noneOf(SlabFlag.class);
        all.addAll(flags);
        all.addAll(Arrays.asList(more));
        return new CacheSpec(name, objectBytes, alignment, all, constructor);
    }

    /** The same with a constructor. */
    public CacheSpec constructedBy(ObjectConstructor maker) {
        return new CacheSpec(name, objectBytes, alignment, flags, Optional.of(maker));
    }

    boolean has(SlabFlag flag) {
        return flags.contains(flag);
    }

    /** Whether each allocation and each free is looked at. */
    boolean isChecked() {
        return flags.stream().anyMatch(SLOW::contains);
    }
}
