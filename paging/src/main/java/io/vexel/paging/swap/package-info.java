/**
 * Swap: where pages go that have no other home on a device, encrypted under a key that lives as long as the process.
 * {@link io.vexel.paging.swap.SwapArea} is the way in. May call {@code device} and {@code memory}.
 *
 * <p>Invariants: a page that is read is byte for byte the one that was written into that slot last, or an error says that it is not; no
 * plain byte reaches the device; no two writes use the same nonce; writing a page takes no memory that was not there when the area was
 * opened. After the process ended nobody can read what is left, so nothing is flushed.
 */
package io.vexel.paging.swap;
