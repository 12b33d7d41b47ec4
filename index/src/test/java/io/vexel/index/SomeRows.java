package io.vexel.index;

import java.util.BitSet;
import java.util.Random;

/** A set of ordinals that is a bit set. */
record SomeRows(BitSet bits) implements OrdinalSet {

    /** Each of the first rows with this probability. */
    static SomeRows random(Random random, int rowCount, double share) {
        BitSet bits = new BitSet();
        for (int row = 0; row < rowCount; row++) {
            bits.set(row, random.nextDouble() < share);
        }
        return new SomeRows(bits);
    }

    @Override
    public long size() {
        return bits.cardinality();
    }

    @Override
    public int read(long from, long end, int[] target) {
        int count = 0;
        for (int row = bits.nextSetBit((int) from); row >= 0 && row < end && count < target.length; ) {
            target[count++] = row;
            row = bits.nextSetBit(row + 1);
        }
        return count;
    }
}
