package io.vexel.memory.zone;

/**
 * Marks on the free pages of a zone. Below {@code low} memory is reclaimed in the background until {@code high} is reached; below
 * {@code min} who allocates reclaims first.
 *
 * @param min pages kept for owners that need them in order to free others: 5 % of the zone
 * @param low 10 %
 * @param high 15 %
 */
public record Watermarks(long min, long low, long high) {

    private static final int MIN_PERCENT = 5;

    static Watermarks of(long pages) {
        long min = pages * MIN_PERCENT / 100;
        return new Watermarks(min, 2 * min, 3 * min);
    }
}
