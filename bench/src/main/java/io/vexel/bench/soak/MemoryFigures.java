package io.vexel.bench.soak;

/**
 * What was seen of the memory of the process.
 *
 * @param samples how many
 * @param peakResident most bytes that were resident
 * @param boundAtPeak what was allowed then
 * @param jvmAtPeak what the JVM needed then
 * @param peakUsed most bytes of the budget that were seen in use
 * @param leastMargin least bytes between what was allowed and what was resident
 * @param residentAtLeastMargin what was resident then
 * @param mostUnexplained most bytes that were resident, and neither in use of the budget nor needed by the JVM; negative when less was
 * @param trims how often the process had too much as long as malloc had not given back what it had free
 */
public record MemoryFigures(
        long samples,
        long peakResident,
        long boundAtPeak,
        long jvmAtPeak,
        long peakUsed,
        long leastMargin,
        long residentAtLeastMargin,
        long mostUnexplained,
        long trims) {}
