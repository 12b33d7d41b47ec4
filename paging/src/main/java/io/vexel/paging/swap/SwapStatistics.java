package io.vexel.paging.swap;

/**
 * What a swap area did since it was opened.
 *
 * @param slots places for pages, those that failed among them
 * @param usedSlots places that hold a page
 * @param failedSlots places that a write failed on; they are not used again
 * @param failedSpaces spaces given up after too many failed writes in a row
 * @param pagesOut pages written
 * @param pagesIn pages read because somebody asked for them
 * @param pagesAhead pages read along with those and handed on
 * @param failedWrites writes that the device failed
 * @param failedReads reads that the device failed, tries again among them
 * @param damagedPages pages that were not what had been written
 * @param refused pages that there was no place for
 * @param nanosOut time of writing, encryption included
 * @param nanosIn time of reading, decryption included
 */
public record SwapStatistics(
        long slots,
        long usedSlots,
        long failedSlots,
        long failedSpaces,
        long pagesOut,
        long pagesIn,
        long pagesAhead,
        long failedWrites,
        long failedReads,
        long damagedPages,
        long refused,
        long nanosOut,
        long nanosIn) {}
