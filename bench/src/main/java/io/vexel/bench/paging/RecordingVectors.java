package io.vexel.bench.paging;

import io.vexel.index.FullVectors;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Rows that note which of them an index asked for, while one thread searches. */
final class RecordingVectors implements FullVectors {

    private final FullVectors rows;
    private int[] asked = new int[1024];
    private int count;

    RecordingVectors(FullVectors rows) {
        this.rows = rows;
    }

    /** The rows asked for since this was called last, in order. */
    int[] takeAsked() {
        int[] result = Arrays.copyOf(asked, count);
        count = 0;
        return result;
    }

    private void note(long ordinal) {
        if (count == asked.length) {
            asked = Arrays.copyOf(asked, 2 * count);
        }
        asked[count++] = (int) ordinal;
    }

    @Override
    public long address(long ordinal) {
        note(ordinal);
        return rows.address(ordinal);
    }

    @Override
    public void read(long ordinal, MemorySegment target) {
        note(ordinal);
        rows.read(ordinal, target);
    }
}
