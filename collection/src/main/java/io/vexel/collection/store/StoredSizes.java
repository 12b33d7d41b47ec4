package io.vexel.collection.store;

/**
 * How large the files of a collection are.
 *
 * @param vectorBytes bytes of {@code vectors} that lie in blocks
 * @param idBytes size of {@code ids}
 * @param payloadBytes bytes of {@code payloads} that lie in blocks
 * @param allocatedBytes bytes of the blocks that all four files and their directory hold
 */
public record StoredSizes(long vectorBytes, long idBytes, long payloadBytes, long allocatedBytes) {}
