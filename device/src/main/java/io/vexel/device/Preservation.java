package io.vexel.device;

import io.vexel.base.Checks;
import io.vexel.memory.Region;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What the marked blocks of a device hold at the moment when this begins, while the device goes on being written: a block is copied before it is
 * overwritten, unless it was taken already.
 *
 * <p>A mark says that the block still holds what it held then and that nobody has it. The mark goes when the block was read: by a writer, who puts what
 * he read into the copy at once, or by {@link #take}, whose caller puts it there. Nobody overwrites a block that is marked. So {@code take}
 * reads without a lock and looks at the marks after that: a block that is still marked was not being overwritten while it was read. What the others held
 * is in the copy.
 *
 * <p>An error ends it and goes to whoever takes blocks; a writer never hears of it.
 */
public final class Preservation implements AutoCloseable {

    private record Run(long from, long end) {}

    private final BlockDevice source;
    private final BlockDevice copy;
    private final BlockMarks marks;
    private final int blockBytes;
    private final Region buffer;

    /** Held while a block is preserved, and while marks are taken away. */
    private final ReentrantLock lock = new ReentrantLock();

    private volatile @Nullable Throwable failure;

    /** What follows: with the lock. */
    private long preservedBlocks;

    private boolean closed;

    /**
     * Owns marks and buffer from now on.
     *
     * @param source what is read
     * @param copy where blocks are put, at the offsets that they have on the source; its sectors are no larger than a block
     * @param marks the blocks that are wanted
     * @param blockBytes bytes of a block, a power of two and at least a sector of the source
     * @param buffer room for one block or more
     */
    public Preservation(BlockDevice source, BlockDevice copy, BlockMarks marks, int blockBytes, Region buffer) {
        Checks.powerOfTwo(
                "blockBytes",
                blockBytes,
                Math.max(source.sectorSize(), copy.sectorSize()),
                Math.toIntExact(Math.min(buffer.byteSize(), 1 << 30)));
        this.source = source;
        this.copy = copy;
        this.marks = marks;
        this.blockBytes = blockBytes;
        this.buffer = buffer;
    }

    /** Preserves what is wanted of a range that is about to be overwritten. */
    void beforeWrite(long offset, long length) {
        long from = offset / blockBytes;
        long end = Math.ceilDiv(offset + length, blockBytes);
        if (marks.nextMarked(from, end) < end) {
            lock.lock();
            try {
                if (!closed && failure == null) {
                    preserve(from, end);
                }
            } catch (RuntimeException | Error e) {
                failure = e;
            } finally {
                lock.unlock();
            }
        }
        // What comes is not written before the marks are seen to be gone.
        VarHandle.fullFence();
    }

    private void preserve(long from, long end) {
        long most = buffer.byteSize() / blockBytes;
        for (long block = marks.nextMarked(from, end); block < end; block = marks.nextMarked(block, end)) {
            long behind = marks.nextUnmarked(block, Math.min(end, block + most));
            MemorySegment contents = buffer.segment().asSlice(0, (behind - block) * blockBytes);
            source.read(block * blockBytes, contents);
            copy.write(block * blockBytes, contents);
            marks.remove(block, behind);
            preservedBlocks += behind - block;
        }
    }

    /**
     * Reads blocks as they were when this began, and takes them: those that a write did not have put into the copy are the caller's to put there. For one
     * thread at a time.
     *
     * @param offset of wanted blocks; a multiple of the bytes of a block
     * @param target as many bytes as whole blocks have
     * @throws io.vexel.base.VexelException what went wrong, here or in a writer; this is of no more use then
     */
    public void take(long offset, MemorySegment target) {
        long from = offset / blockBytes;
        long end = from + target.byteSize() / blockBytes;
        if (marks.nextMarked(from, end) < end) {
            source.read(offset, target);
        }
        // The marks are not looked at before everything was read.
        VarHandle.fullFence();
        for (Run run : takeMarked(from, end)) {
            MemorySegment part = target.asSlice((run.from - from) * blockBytes, (run.end - run.from) * blockBytes);
            copy.read(run.from * blockBytes, part);
        }
    }

    /** Takes the marks away; returns where there were none. */
    private List<Run> takeMarked(long from, long end) {
        List<Run> others = new ArrayList<>();
        lock.lock();
        try {
            requireSound();
            for (long block = from; block < end; ) {
                long marked = marks.nextMarked(block, end);
                if (block < marked) {
                    others.add(new Run(block, marked));
                }
                block = marks.nextUnmarked(marked, end);
                marks.remove(marked, block);
            }
        } finally {
            lock.unlock();
        }
        return others;
    }

    /** Throws what went wrong in a writer. */
    public void requireSound() {
        switch (failure) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }

    /** Bytes that were copied because they were about to be overwritten. */
    public long preservedBytes() {
        lock.lock();
        try {
            return preservedBlocks * blockBytes;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for a writer that is preserving; later ones preserve nothing. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                buffer.close();
                marks.close();
            }
        } finally {
            lock.unlock();
        }
    }
}
