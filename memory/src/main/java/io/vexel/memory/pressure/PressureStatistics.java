package io.vexel.memory.pressure;

import java.util.List;
import java.util.Optional;

/**
 * What a monitor sees, and what it did since it was made.
 *
 * @param level the level, that of the source with the highest
 * @param sources what says so
 * @param cacheLimitBytes how far caches may use the budget now
 * @param events what happened
 * @param last the newest sample of the history; empty before the first look
 */
public record PressureStatistics(
        PressureLevel level, List<Source> sources, long cacheLimitBytes, Events events, Optional<MemorySample> last) {

    public PressureStatistics {
        sources = List.copyOf(sources);
    }

    /**
     * A source.
     *
     * @param name "budget", or the directory or file of the system
     * @param level by this source alone
     * @param text the figures behind it
     */
    public record Source(String name, PressureLevel level, String text) {}

    /**
     * Counts of events.
     *
     * @param looks at the sources
     * @param unreadable looks at a source that could not be read
     * @param rises to a higher level
     * @param falls to a lower one
     * @param triggers that fired
     * @param reclaims when shrinkers were asked
     * @param reclaimedBytes that they gave back
     */
    public record Events(
            long looks, long unreadable, long rises, long falls, long triggers, long reclaims, long reclaimedBytes) {}
}
