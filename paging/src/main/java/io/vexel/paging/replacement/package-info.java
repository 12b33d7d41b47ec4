/**
 * Replacement policies: which frame gives way when a page has to come into memory. One port,
 * {@link io.vexel.paging.replacement.ReplacementPolicy}, and what {@link io.vexel.paging.replacement.PolicyKind} makes for it. A policy knows
 * frames and page numbers, and nothing of what lies in them. May call {@code base}.
 *
 * <p>Invariants: a policy names only frames that hold a page and that its caller lets go; it allocates nothing once it is made, and its
 * arrays are as long as there are frames, not pages; which frames it names depends on the calls alone, so that a trace gives the same
 * answer each time.
 */
package io.vexel.paging.replacement;
