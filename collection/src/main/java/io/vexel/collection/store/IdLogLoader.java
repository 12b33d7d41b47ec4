package io.vexel.collection.store;

import io.vexel.base.CorruptionException;
import io.vexel.filesystem.FileSystem;
import java.lang.foreign.MemorySegment;

/**
 * Builds the id index from the id log, and checks that the log and the other two files agree: as many rows as puts, as many
 * payload bytes as the puts say.
 */
final class IdLogLoader {

    private static final int BUFFER_BYTES = 4 << 20;

    private IdLogLoader() {}

    static void load(FileSystem files, CollectionFiles collection, int rowBytes, IdIndex index) {
        long logBytes = files.stat(collection.ids()).size();
        LoadingVisitor visitor = new LoadingVisitor(index);
        IdFrameReader reader = new IdFrameReader(visitor, 0, 0);
        byte[] buffer = new byte[(int) Math.min(BUFFER_BYTES, Math.max(1, logBytes))];
        long position = 0;
        while (position < logBytes) {
            int wanted = (int) Math.min(buffer.length, logBytes - position);
            int got = (int) files.read(
                    collection.ids(), position, MemorySegment.ofArray(buffer).asSlice(0, wanted));
            int used = frames(reader, buffer, got, position);
            if (used == 0) {
                throw IdFrames.corrupt(position, "the frame reaches beyond the end of the log");
            }
            position += used;
        }
        visitor.drain();
        check(reader.insideBatch(), logBytes, "the last batch has no end");
        long vectorBytes = files.stat(collection.vectors()).size();
        long rows = reader.nextOrdinal();
        check(
                vectorBytes != rows * rowBytes,
                logBytes,
                "it has " + rows + " rows of " + rowBytes + " bytes, but vectors has " + vectorBytes + " bytes");
        long payloadBytes = files.stat(collection.payloads()).size();
        check(
                payloadBytes != reader.payloadOffset(),
                logBytes,
                "it has " + reader.payloadOffset() + " bytes of payload, but payloads has " + payloadBytes);
    }

    private static int frames(IdFrameReader reader, byte[] buffer, int available, long position) {
        int used = 0;
        int length = reader.read(buffer, 0, available, position);
        while (length > 0) {
            used += length;
            length = reader.read(buffer, used, available - used, position + used);
        }
        return used;
    }

    private static void check(boolean wrong, long logBytes, String what) {
        if (wrong) {
            throw new CorruptionException(CorruptionException.NO_BLOCK, "id log of " + logBytes + " bytes: " + what);
        }
    }
}
