/**
 * The comparison of page replacement policies: traces of pages, recorded from searches or made up, replayed against each policy and
 * against the best that knows the future; and what hits, faults, swap and compression cost.
 *
 * <p>Invariant: every policy sees the same accesses in the same order, and starts with empty frames.
 */
package io.vexel.bench.paging;
