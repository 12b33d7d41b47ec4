package io.vexel.index;

import java.util.SplittableRandom;

/**
 * MinHash (Broder 1997) of the set of a vector's set bits: each function orders all numbers at random, and its value is the place of the
 * set's first. Collision probability is 1 - Jaccard distance. The alternative is the place of the second, which comes first in a near set
 * that lacks the first; the less it differs, the cheaper it is.
 */
final class LshMinHashes implements LshFunctions {

    /** The value for the empty set. */
    static final int EMPTY = -1;

    private final long[] seeds;
    private final int dimension;

    LshMinHashes(LshSpec spec, int dimension) {
        this.dimension = dimension;
        seeds = new SplittableRandom(spec.seed()).longs(spec.allFunctions()).toArray();
    }

    @Override
    public void ofRow(RowScorer row, LshSignature signature) {
        for (int f = 0; f < seeds.length; f++) {
            setFunction(f, row.words(), signature);
        }
    }

    private void setFunction(int function, long[] words, LshSignature signature) {
        int first = Integer.MAX_VALUE;
        int second = Integer.MAX_VALUE;
        boolean empty = true;
        for (int w = 0; w < words.length; w++) {
            int bits = dimension - (w << 6);
            long word = bits < Long.SIZE ? words[w] & ((1L << bits) - 1) : words[w];
            for (long left = word; left != 0; left &= left - 1) {
                empty = false;
                int element = (w << 6) + Long.numberOfTrailingZeros(left);
                int place = (int) (Mixing.mix(seeds[function] + element) >>> 33);
                second = Math.min(second, Math.max(first, place));
                first = Math.min(first, place);
            }
        }
        if (empty) {
            signature.set(function, EMPTY, EMPTY, Float.POSITIVE_INFINITY);
        } else {
            float cost = second == Integer.MAX_VALUE ? Float.POSITIVE_INFINITY : (second - first) * 0x1p-31f;
            signature.set(function, first, second, cost);
        }
    }

    @Override
    public long memoryBytes() {
        return 0;
    }

    @Override
    public void close() {}
}
