package io.vexel.collection.indexing;

import io.vexel.filesystem.DirectoryEntry;
import io.vexel.filesystem.FileKind;
import io.vexel.filesystem.FileSystem;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The three files of an index in the collection's directory, each of which may be missing: {@code index} says which index it is,
 * {@code index.head} and {@code index.pages} are its last checkpoint and come and go together. Used with the keeper's control lock held.
 */
final class IndexFiles {

    private static final String CHOICE = "index";
    private static final String HEAD = CheckpointHead.NAME;
    private static final String PAGES = "index.pages";

    private final FileSystem files;
    private final long directory;

    IndexFiles(FileSystem files, long directory) {
        this.files = files;
        this.directory = directory;
    }

    private Optional<Long> inode(String name) {
        return files.lookup(directory, name).map(DirectoryEntry::inode);
    }

    /** What the owner chose; empty when nothing was chosen. */
    Optional<IndexChoice> readChoice() {
        return inode(CHOICE).map(inode -> IndexChoice.decode(Layout.read(files, inode, IndexChoice.MAX_BYTES, CHOICE)));
    }

    /** Inode of the head of the last checkpoint; empty when there was none. */
    Optional<Long> head() {
        return inode(HEAD);
    }

    /** Inode of the pages of the last checkpoint; empty when there was none. */
    Optional<Long> pages() {
        return inode(PAGES);
    }

    /**
     * Stores the choice and forgets the last checkpoint, in one transaction; durable when it returns. Files are made anew, so that
     * damaged ones need not be read.
     */
    void replace(IndexChoice choice) {
        List<String> present = Stream.of(CHOICE, HEAD, PAGES)
                .filter(name -> inode(name).isPresent())
                .toList();
        MemorySegment bytes = choice.encode();
        files.update(transaction -> {
            present.forEach(name -> transaction.unlink(directory, name));
            transaction.write(transaction.createFile(directory, CHOICE, FileKind.REGULAR), 0, bytes);
        });
    }

    /**
     * Makes the files of a first checkpoint where they are missing, without head: what has no head counts as no checkpoint.
     *
     * @param choice what the index was made by; stored with them, so that a default that changes finds no strange index
     * @return inode of the pages
     */
    long createPages(IndexChoice choice) {
        Optional<Long> known = inode(PAGES);
        if (known.isPresent()) {
            return known.get();
        }
        boolean chosen = inode(CHOICE).isPresent();
        MemorySegment bytes = choice.encode();
        files.apply(transaction -> {
            if (!chosen) {
                transaction.write(transaction.createFile(directory, CHOICE, FileKind.REGULAR), 0, bytes);
            }
            transaction.createFile(directory, PAGES, FileKind.REGULAR);
        });
        return inode(PAGES).orElseThrow();
    }

    /** Removes the last checkpoint; durable when it returns. */
    void removeCheckpoint() {
        List<String> present =
                Stream.of(HEAD, PAGES).filter(name -> inode(name).isPresent()).toList();
        files.update(transaction -> present.forEach(name -> transaction.unlink(directory, name)));
    }

    /** Replaces the head: the moment at which a checkpoint counts. Durable when it returns. */
    void replaceHead(MemorySegment bytes) {
        boolean known = inode(HEAD).isPresent();
        files.update(transaction -> {
            if (known) {
                transaction.unlink(directory, HEAD);
            }
            transaction.write(transaction.createFile(directory, HEAD, FileKind.REGULAR), 0, bytes);
        });
    }

    /** Bytes of the blocks that the three files hold. */
    long allocatedBytes() {
        long blocks = 0;
        for (String name : List.of(CHOICE, HEAD, PAGES)) {
            blocks += inode(name).map(inode -> files.stat(inode).blocks()).orElse(0L);
        }
        return blocks * files.info().blockSize();
    }
}
