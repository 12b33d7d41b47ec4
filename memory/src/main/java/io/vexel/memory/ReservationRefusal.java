package io.vexel.memory;

/**
 * For tests: asked about every reservation before the budget itself is, so that the n-th is refused, say, once or for good, although there is memory.
 * Called by any thread.
 */
@FunctionalInterface
public interface ReservationRefusal {

    /** Refuses nothing. */
    ReservationRefusal NONE = (_, _) -> false;

    /**
     * Whether a reservation is refused, as if there were no memory and nobody could give any back.
     *
     * @param owner who reserves
     * @param bytes how much, at least 0
     */
    boolean refuses(String owner, long bytes);
}
