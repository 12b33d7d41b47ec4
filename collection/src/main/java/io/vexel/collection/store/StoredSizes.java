package io.vexel.collection.store;

/**
 * How large the files of a collection are.
 *
 * @param vectorBytes size of {@code vectors}
 * @param idBytes size of {@code ids}
 * @param payloadBytes size of {@code payloads}
 * @param allocatedBytes bytes of the blocks that all four files and their directory hold
 */
public record StoredSizes(long vectorBytes, long idBytes, long payloadBytes, long allocatedBytes) {}
