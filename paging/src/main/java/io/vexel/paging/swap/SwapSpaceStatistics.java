package io.vexel.paging.swap;

/**
 * One space of a swap area.
 *
 * @param device name of the device
 * @param priority spaces of higher priority are filled first
 * @param slots places for pages, those that failed among them
 * @param usedSlots places that hold a page
 * @param peakSlots the most places that held a page at once
 * @param failedSlots places that a write failed on
 * @param givenUp whether too many writes in a row failed, so that it takes no more pages
 */
public record SwapSpaceStatistics(
        String device, int priority, long slots, long usedSlots, long peakSlots, long failedSlots, boolean givenUp) {}
