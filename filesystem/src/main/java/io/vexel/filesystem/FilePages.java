package io.vexel.filesystem;

import io.vexel.paging.space.PageSource;
import java.lang.foreign.MemorySegment;

/**
 * A file as pages: page p holds the bytes from p times {@code contentBytes} on. Reads check what every read of a file checks. A write is one
 * transaction, and cuts off nothing: the file grows when it ends behind its size, up to the end of the last page's contents.
 */
record FilePages(FileSystem files, long inode, int contentBytes, int pageBytes) implements PageSource {

    @Override
    public String name() {
        return "inode " + inode;
    }

    @Override
    public void read(long first, MemorySegment target) {
        if (contentBytes == pageBytes) {
            readInto(first * contentBytes, target);
            return;
        }
        long count = target.byteSize() / pageBytes;
        for (long i = 0; i < count; i++) {
            MemorySegment page = target.asSlice(i * pageBytes, pageBytes);
            readInto((first + i) * contentBytes, page.asSlice(0, contentBytes));
            page.asSlice(contentBytes).fill((byte) 0);
        }
    }

    @Override
    public void readMany(long[] pages, MemorySegment[] targets, int count) {
        long[] offsets = new long[count];
        MemorySegment[] contents = new MemorySegment[count];
        for (int i = 0; i < count; i++) {
            offsets[i] = pages[i] * contentBytes;
            contents[i] = targets[i].asSlice(0, contentBytes);
        }
        long[] read = files.readMany(inode, offsets, contents, count);
        for (int i = 0; i < count; i++) {
            targets[i].asSlice(read[i], pageBytes - read[i]).fill((byte) 0);
        }
    }

    private void readInto(long offset, MemorySegment target) {
        long read = files.read(inode, offset, target);
        target.asSlice(read).fill((byte) 0);
    }

    @Override
    public void write(long first, MemorySegment source) {
        long count = source.byteSize() / pageBytes;
        files.apply(transaction -> {
            for (long i = 0; i < count; i++) {
                transaction.write(inode, (first + i) * contentBytes, source.asSlice(i * pageBytes, contentBytes));
            }
        });
    }
}
