package io.vexel.distance;

import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The shape all float kernels share. A row's body, its first {@code d - d % 32} elements, is summed in 32 lanes; a vector
 * of W elements holds lanes {@code lane..lane+W-1}, so a kernel makes one pass over the row for each {@code lane = 0, W, 2W..15}
 * with two accumulators: lanes from {@code lane} and from {@code lane + 16}. The passes are combined in {@code even} and
 * {@code odd} in turn, which for W = 4 yields {@code (p0 + p8) + (p4 + p12)}, for W = 8 {@code p0 + p8} and for W = 16 the one
 * pass: the order by halves that {@link ScalarKernels} specifies, at every width.
 *
 * <p>What the kernels do and why:
 * <ul>
 *   <li>No vector is a parameter or a result of a method of ours. C2 does not inline a method that its profile calls cold or for
 *       which its budget is spent, and a vector that crosses a call is allocated on the heap.
 *   <li>Loops end on {@code !=}. With {@code <} they are counted loops, for which C2 hoists the bounds checks of every access into
 *       hundreds of instructions before the loop: more than a row of 128 elements costs.
 *   <li>Many rows are scanned four at a time, one from each quarter of the block: the query is loaded once for four rows, the four
 *       sums fold together, and the processor sees four sequential streams.
 * </ul>
 */
final class Lanes {

    /** Lanes of the body. */
    static final int COUNT = 32;

    /** Lanes after the first fold; the kernels' passes cover them W at a time. */
    static final int HALF = 16;

    private static final VectorSpecies<Float> S = Simd.FLOATS;
    private static final int W = Simd.FLOATS.length();

    /** Lane {@code l} takes lane {@code l ^ distance}. */
    static final VectorShuffle<Float> SWAP_HALVES = exchange(W / 2);

    static final VectorShuffle<Float> SWAP_QUARTERS = exchange(W / 4);
    static final VectorShuffle<Float> SWAP_EIGHTHS = exchange(W / 8);
    static final VectorShuffle<Float> SWAP_SIXTEENTHS = exchange(W / 16);

    /** The lanes of the upper half. */
    static final VectorMask<Float> UPPER_HALF = lanesWithBit(W / 2);

    /** The lanes of the second and fourth quarter. */
    static final VectorMask<Float> ODD_QUARTERS = lanesWithBit(W / 4);

    private Lanes() {}

    private static VectorShuffle<Float> exchange(int distance) {
        return VectorShuffle.fromOp(S, lane -> lane ^ distance);
    }

    private static VectorMask<Float> lanesWithBit(int bit) {
        long lanes = 0;
        for (int lane = 0; lane < W; lane++) {
            lanes |= ((lane & bit) != 0 ? 1L : 0L) << lane;
        }
        return VectorMask.fromLong(S, lanes);
    }
}
