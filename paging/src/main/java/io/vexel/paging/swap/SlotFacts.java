package io.vexel.paging.swap;

/**
 * What is known in memory of a page in a slot, and proves that the device gives back that page.
 *
 * @param page its number
 * @param sequence counts the writes of an area; the nonce of this one
 * @param tagLow first half of the authentication tag
 * @param tagHigh second half
 */
record SlotFacts(long page, long sequence, long tagLow, long tagHigh) {}
