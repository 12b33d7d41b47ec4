package io.vexel.collection.store;

import io.vexel.base.CorruptionException;
import io.vexel.collection.CollectionSpec;
import io.vexel.filesystem.DirectoryEntry;
import io.vexel.filesystem.FileKind;
import io.vexel.filesystem.FileSystem;
import io.vexel.filesystem.Transaction;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The four files that every collection has, by inode number.
 *
 * @param directory {@code /collections/NAME}
 * @param manifest what the collection is
 * @param vectors rows, one behind the other
 * @param ids the id log
 * @param payloads JSON objects, one behind the other
 */
record CollectionFiles(long directory, long manifest, long vectors, long ids, long payloads) {

    static final String MANIFEST = "manifest";
    static final String VECTORS = "vectors";
    static final String IDS = "ids";
    static final String PAYLOADS = "payloads";

    /** Makes the directory with its files in a running transaction. */
    static void create(Transaction transaction, long parent, CollectionSpec spec, long nowMillis) {
        long directory = transaction.createDirectory(parent, spec.name());
        long manifest = transaction.createFile(directory, MANIFEST, FileKind.REGULAR);
        transaction.write(manifest, 0, new Manifest(spec, nowMillis).encode());
        transaction.createFile(directory, VECTORS, FileKind.VECTOR);
        transaction.createFile(directory, IDS, FileKind.REGULAR);
        transaction.createFile(directory, PAYLOADS, FileKind.REGULAR);
    }

    static CollectionFiles find(FileSystem files, long directory) {
        return new CollectionFiles(
                directory,
                inode(files, directory, MANIFEST),
                inode(files, directory, VECTORS),
                inode(files, directory, IDS),
                inode(files, directory, PAYLOADS));
    }

    private static long inode(FileSystem files, long directory, String name) {
        return files.lookup(directory, name)
                .map(DirectoryEntry::inode)
                .orElseThrow(() ->
                        new CorruptionException(CorruptionException.NO_BLOCK, "a collection without its file " + name));
    }

    /**
     * Removes all of it in a running transaction.
     *
     * @param names of everything in the directory, the files of an index among it
     */
    void remove(Transaction transaction, List<String> names, long parent, String name) {
        names.forEach(each -> transaction.unlink(directory, each));
        transaction.unlink(parent, name);
    }

    Manifest readManifest(FileSystem files) {
        long size = files.stat(manifest).size();
        if (size > Manifest.MAX_BYTES) {
            throw new CorruptionException(CorruptionException.NO_BLOCK, "manifest: bytes=" + size);
        }
        MemorySegment bytes = MemorySegment.ofArray(new byte[(int) size]);
        files.read(manifest, 0, bytes);
        return Manifest.decode(bytes);
    }

    /** Puts another manifest in the place of the one there is, in a running transaction. */
    void writeManifest(Transaction transaction, Manifest after) {
        MemorySegment bytes = after.encode();
        transaction.truncate(manifest, bytes.byteSize());
        transaction.write(manifest, 0, bytes);
    }
}
