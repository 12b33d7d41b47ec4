package io.vexel.collection.store;

import io.vexel.filesystem.FileSystem;

/**
 * How large the files of a collection are.
 *
 * @param vectorBytes bytes of {@code vectors} that lie in blocks
 * @param idBytes size of {@code ids}
 * @param payloadBytes bytes of {@code payloads} that lie in blocks
 * @param allocatedBytes bytes of the blocks that all four files and their directory hold
 */
public record StoredSizes(long vectorBytes, long idBytes, long payloadBytes, long allocatedBytes) {

    static StoredSizes of(FileSystem volume, CollectionFiles files) {
        long blocks = 0;
        for (long inode :
                new long[] {files.directory(), files.manifest(), files.vectors(), files.ids(), files.payloads()}) {
            blocks += volume.stat(inode).blocks();
        }
        return new StoredSizes(
                DeadSpace.takenBytes(volume, files.vectors()),
                volume.stat(files.ids()).size(),
                DeadSpace.takenBytes(volume, files.payloads()),
                blocks * volume.info().blockSize());
    }
}
