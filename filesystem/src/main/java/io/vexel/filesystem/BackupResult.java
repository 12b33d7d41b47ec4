package io.vexel.filesystem;

/**
 * What a backup made.
 *
 * @param commit number of the newest commit that the copy has: it has all commits up to it and nothing of later ones
 * @param copiedBytes bytes of blocks that were written to the copy, those that were preserved among them
 * @param preservedBytes bytes of blocks that were about to be overwritten while the backup ran, and were copied before
 * @param verified whether the copy was read once more and checked; nothing was found then
 */
public record BackupResult(long commit, long copiedBytes, long preservedBytes, boolean verified) {}
