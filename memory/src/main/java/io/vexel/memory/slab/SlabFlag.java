package io.vexel.memory.slab;

/** What a cache does beside keeping objects. All but {@link #HWCACHE_ALIGN} and {@link #MERGE} take the fast path away. */
public enum SlabFlag {
    /** Objects are aligned to lines of the processor's cache, 64 bytes. */
    HWCACHE_ALIGN,
    /** The cache may be one with others of the same slot size; a handle of one of them is then good for the others, too. */
    MERGE,
    /** Objects are filled when they are freed and checked when they are used again, so that writes after freeing are found. */
    POISON,
    /** Bytes before and behind each object are checked when it is freed, so that overruns and underruns are found. */
    RED_ZONE,
    /** The places in the program that allocated and freed an object are kept, for reports. */
    STORE_USER,
    /** Freed objects are used again only after {@link CacheSpec#QUARANTINED} others were freed. */
    QUARANTINE,
    /** Objects are taken out of slabs in random order. */
    RANDOM_PLACE,
    /** Each object ends at a page that nobody can touch, and nobody can touch it once it is free: wrong accesses end the process. */
    GUARD_PAGE
}
