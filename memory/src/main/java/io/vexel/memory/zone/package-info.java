/**
 * Pages of memory: nodes, their zones, and the buddy allocator of each zone. A page is 4 KiB; what is handed out is a block of
 * 2<sup>order</sup> pages, aligned to its size within its zone, and named by a handle.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>Every page of a zone is in exactly one of these states: not taken from the budget, free in the buddy, in a hot list, in use.
 *   <li>Two free blocks that are buddies are one block, save while the group of one is being emptied by the compactor.
 *   <li>A handle names one allocation. Once freed it is refused, until its page was freed 65,536 times.
 *   <li>Ordinary allocations leave the pages below a zone below its watermark {@code min} alone.
 *   <li>Memory in use by the zones is charged to the budget in spans of 4 MiB, and large blocks one by one, before it is touched.
 * </ol>
 *
 * <p>Calls the package {@code io.vexel.memory} only.
 */
package io.vexel.memory.zone;
