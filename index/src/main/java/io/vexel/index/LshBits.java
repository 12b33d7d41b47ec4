package io.vexel.index;

import java.util.SplittableRandom;

/** Bit sampling (Indyk and Motwani 1998): a function's value is one bit; collision probability 1 - distance / dimension. */
final class LshBits implements LshFunctions {

    private final int[] positions;

    LshBits(LshSpec spec, int dimension) {
        SplittableRandom random = new SplittableRandom(spec.seed());
        positions = random.ints(spec.allFunctions(), 0, dimension).toArray();
    }

    /** All bits are equally sure. */
    @Override
    public void ofRow(RowScorer row, LshSignature signature) {
        long[] words = row.words();
        for (int f = 0; f < positions.length; f++) {
            int bit = (int) (words[positions[f] >>> 6] >>> positions[f]) & 1;
            signature.set(f, bit, 1 - bit, 1);
        }
    }

    @Override
    public long memoryBytes() {
        return 0;
    }

    @Override
    public void close() {}
}
