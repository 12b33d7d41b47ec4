package io.vexel.memory;

/**
 * A holder of memory that can do without some of it: a cache, or an allocator with free memory of its own. Called by any thread that is
 * short of memory, so it only <em>tries</em> locks that a thread may hold while it reserves memory, for some milliseconds at most, and never reserves memory itself, nor removes
 * a shrinker.
 */
public interface Shrinker {

    /** What the holder is called in statistics. */
    String name();

    /** What giving back costs. Never changes. */
    default ShrinkPriority priority() {
        return ShrinkPriority.CACHED;
    }

    /** About how many bytes {@link #shrink} could give back now. */
    long reclaimableBytes();

    /**
     * Gives back memory.
     *
     * @param bytes how much is wanted, at least 1
     * @return bytes that were given back, more or less than asked for; 0 when there was nothing to give, or it was in use
     */
    long shrink(long bytes);
}
