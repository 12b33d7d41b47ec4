package io.vexel.paging.replacement;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How often each frame was touched since somebody looked, up to a limit, in an array with a byte for each. A touch reads a byte and writes it only below
 * the limit, without a lock and without an atomic operation: of touches at the same time some may be lost, and a frame that is touched all the time costs
 * readers no write, so its cache line stays shared. No object of its own: each hit of a page in memory would take one more load for it.
 */
final class TouchCounts {

    private static final VarHandle BYTES = MethodHandles.arrayElementVarHandle(byte[].class);

    private TouchCounts() {}

    /** @param most at which counting stops, 1..127 */
    static void touch(byte[] counts, int frame, int most) {
        byte count = (byte) BYTES.getOpaque(counts, frame);
        if (count < most) {
            BYTES.setOpaque(counts, frame, (byte) (count + 1));
        }
    }

    /** The count, which starts again at 0. */
    static int take(byte[] counts, int frame) {
        byte count = (byte) BYTES.getOpaque(counts, frame);
        if (count != 0) {
            BYTES.setOpaque(counts, frame, (byte) 0);
        }
        return count;
    }
}
