package io.vexel.paging.replacement;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How often each frame was touched since somebody looked, up to a limit. A touch reads a byte and writes it only below the limit, without
 * a lock and without an atomic operation: of touches at the same time some may be lost, and a frame that is touched all the time costs
 * readers no write, so its cache line stays shared.
 */
final class TouchCounts {

    private static final VarHandle BYTES = MethodHandles.arrayElementVarHandle(byte[].class);

    private final byte[] counts;
    private final int most;

    /** @param most at which counting stops, 1..127 */
    TouchCounts(int frames, int most) {
        counts = new byte[frames];
        this.most = most;
    }

    void touch(int frame) {
        byte count = (byte) BYTES.getOpaque(counts, frame);
        if (count < most) {
            BYTES.setOpaque(counts, frame, (byte) (count + 1));
        }
    }

    /** The count, which starts again at 0. */
    int take(int frame) {
        byte count = (byte) BYTES.getOpaque(counts, frame);
        if (count != 0) {
            BYTES.setOpaque(counts, frame, (byte) 0);
        }
        return count;
    }
}
