package io.vexel.paging.replacement;

import java.util.BitSet;

/**
 * CLOCK: a hand goes round the frames, clears the reference bit of each that was touched, and stops at one that was not since it came by.
 * A touch sets the bit without a lock.
 *
 * <p>Source: F. J. Corbato, "A paging experiment with the Multics system", 1968.
 */
final class ClockPolicy implements ReplacementPolicy {

    private final int frames;
    private final BitSet held;
    private final byte[] references;
    private int hand;

    ClockPolicy(int frames) {
        this.frames = frames;
        held = new BitSet(frames);
        references = new byte[frames];
    }

    @Override
    public void touched(int frame) {
        TouchCounts.touch(references, frame, 1);
    }

    @Override
    public void loaded(int frame, long page, AccessHint hint) {
        held.set(frame);
        TouchCounts.take(references, frame);
        TouchCounts.touch(references, frame, 1);
    }

    @Override
    public int evict(long incoming, FrameFilter filter) {
        // In the first turn every bit may be set; what is touched while the hand goes round a second time may be
        // evicted all the same.
        int lastAccepted = NONE;
        for (int steps = 0; steps < 2 * frames; steps++) {
            int frame = hand;
            hand = hand + 1 == frames ? 0 : hand + 1;
            if (held.get(frame) && filter.mayEvict(frame)) {
                lastAccepted = frame;
                if (TouchCounts.take(references, frame) == 0) {
                    break;
                }
            }
        }
        if (lastAccepted != NONE) {
            held.clear(lastAccepted);
        }
        return lastAccepted;
    }

    @Override
    public void removed(int frame) {
        held.clear(frame);
    }
}
