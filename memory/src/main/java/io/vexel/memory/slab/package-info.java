/**
 * Objects of one size in caches, over the pages of {@code io.vexel.memory.zone}.
 *
 * <pre>
 *   thread ── Magazine ──┐                      grow
 *   thread ── Magazine ──┼── Depot ── SlabStore ─────── PageAllocator
 *   others ── stripes  ──┘   full     partial, free     (no lock held)
 *                            magazines    slabs
 *
 *   a slot:   in a slab ──> in a magazine or the depot ──> in use ──> (quarantine) ──> in a magazine, or its slab
 *                                                          \_ word: used _/
 * </pre>
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>A slot is in exactly one of these places: free in its slab, in one magazine, in the depot, in quarantine, in use.
 *   <li>A handle is good from the allocation that gave it until it is freed, and never again, until its slot was used 8,388,608 times more.
 *       Handles of other caches of the same allocator are never good. Every call with a handle that is no good is refused, and changes nothing.
 *   <li>What is known of slots lies apart from the slots, where no overrun of an object reaches it.
 *   <li>Pages are allocated with no lock held, so a cache that grows can be asked to shrink.
 *   <li>A slot's word says whether it is in use, whatever counters say: leaks are read off the words.
 * </ol>
 *
 * <p>Calls {@code io.vexel.memory}, its zones, its lock and raw addresses.
 */
package io.vexel.memory.slab;
