package io.vexel.memory;

/**
 * A shrinker at one moment, and what it did since it was added.
 *
 * @param name of the holder
 * @param priority when it is asked
 * @param reclaimableBytes what it says it could give back now
 * @param calls how often it was asked
 * @param askedBytes what it was asked for, all calls together
 * @param givenBytes what it gave back
 */
public record ShrinkerStatistics(
        String name, ShrinkPriority priority, long reclaimableBytes, long calls, long askedBytes, long givenBytes) {}
