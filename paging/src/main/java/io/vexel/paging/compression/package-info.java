/**
 * Compressed pages: a store between memory and swap. {@link io.vexel.paging.compression.CompressedStore} is the way in. May call {@code memory}.
 *
 * <p>Invariants: what is loaded is byte for byte what was stored, for every codec and page class; a page is kept only if it takes at most
 * three quarters of its size, or is one word repeated; no codec reads or writes outside of the memory that it was given, whatever the bytes are;
 * memory that the store holds is charged to the budget and stays below its limit.
 */
package io.vexel.paging.compression;
