package io.vexel.filesystem;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * File contents on their way to fresh blocks before the body that will own them changes anything. Nothing refers to them: until a
 * body claims a run and sets the blocks' check entries, the blocks count as never written, and a crash, a body that fails or a plan
 * that was wrong leaves bytes that nobody reads.
 *
 * <p>Guarded by the mutation lock, held still or changing. Invariants: no block is in two runs; every block was
 * {@link BlockStore#writableInPlace} when its run was added, and only the holder of the lock could change that.
 */
final class DataAhead {

    /**
     * Consecutive blocks and what they are written with.
     *
     * @param source where the bytes are
     * @param offset of the first in the source
     * @param checksums of the blocks, filled in when they are written
     */
    record Run(Span span, MemorySegment source, long offset, List<Integer> checksums) {}

    private final int blockSize;
    private final List<Run> runs = new ArrayList<>();

    DataAhead(int blockSize) {
        this.blockSize = blockSize;
    }

    void clear() {
        runs.clear();
    }

    boolean contains(long block) {
        return runs.stream().anyMatch(run -> run.span().contains(block));
    }

    /** Notes blocks; those that go on where the run noted last ends, on the device and in the source, join it. */
    void add(Span span, MemorySegment source, long offset) {
        Run last = runs.isEmpty() ? null : runs.getLast();
        if (last != null
                && last.source.equals(source)
                && last.span.end() == span.start()
                && last.offset + last.span.blocks() * blockSize == offset) {
            runs.removeLast();
            Span both = new Span(last.span.start(), last.span.blocks() + span.blocks());
            runs.add(new Run(both, source, last.offset, new ArrayList<>()));
        } else {
            runs.add(new Run(span, source, offset, new ArrayList<>()));
        }
    }

    boolean isEmpty() {
        return runs.isEmpty();
    }

    /** Writes all runs to their places and keeps the checksums. */
    void write(BlockStore store) {
        for (Run run : runs) {
            long bytes = run.span.blocks() * blockSize;
            run.checksums.addAll(store.writeData(run.span.start(), run.source.asSlice(run.offset, bytes)));
        }
    }

    /** The checksums of blocks that were written with exactly this memory; empty when they were not. */
    Optional<List<Integer>> find(long start, MemorySegment contents) {
        for (Run run : runs) {
            long index = start - run.span.start();
            long end = index + contents.byteSize() / blockSize;
            if (index >= 0 && end <= run.span.blocks() && isFrom(run, index, contents)) {
                return Optional.of(run.checksums.subList((int) index, (int) end));
            }
        }
        return Optional.empty();
    }

    private boolean isFrom(Run run, long index, MemorySegment contents) {
        return DurabilityBug.AHEAD_OF_ANOTHER_WRITE.isPlanted()
                || run.source
                        .asSlice(run.offset + index * blockSize, contents.byteSize())
                        .equals(contents);
    }
}
