package io.vexel.engine;

import io.vexel.index.OrdinalSet;
import java.util.Arrays;

/** A few rows. */
final class SortedOrdinals implements OrdinalSet {

    private final long[] ordinals;

    /** @param ordinals each once; copied */
    SortedOrdinals(long[] ordinals) {
        this.ordinals = ordinals.clone();
        Arrays.sort(this.ordinals);
    }

    @Override
    public long size() {
        return ordinals.length;
    }

    @Override
    public int read(long from, long end, int[] target) {
        int found = Arrays.binarySearch(ordinals, from);
        int start = found < 0 ? -found - 1 : found;
        int count = 0;
        while (count < target.length && start + count < ordinals.length && ordinals[start + count] < end) {
            target[count] = (int) ordinals[start + count];
            count++;
        }
        return count;
    }
}
