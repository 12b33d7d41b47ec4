package io.vexel.memory;

/** What is lost when a {@link Shrinker} gives memory back, hence when it is asked: holders of one priority before those of the next. */
public enum ShrinkPriority {
    /** Nothing: the memory is free and only kept at hand. */
    UNUSED,
    /** A copy of what can be read or made again in less than a millisecond. */
    CACHED,
    /** Something that takes longer than that to get again. */
    COSTLY
}
