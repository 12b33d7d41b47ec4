package io.vexel.paging.replacement;

import java.util.BitSet;

/**
 * WSClock: a hand goes round the frames and notes when it found each touched; the first whose page was last seen in use longer ago than
 * the working set reaches back leaves. When all pages belong to the working set, the one that was seen in use longest ago does. Time
 * counts loads; the working set reaches back as many as there are frames.
 *
 * <p>Source: R. W. Carr, J. L. Hennessy, "WSClock: a simple and effective algorithm for virtual memory management", SOSP 1981.
 */
final class WorkingSetPolicy implements ReplacementPolicy {

    private final int frames;
    private final BitSet held;
    private final byte[] references;
    private final long[] lastUse;
    private long now;
    private int hand;

    WorkingSetPolicy(int frames) {
        this.frames = frames;
        held = new BitSet(frames);
        references = new byte[frames];
        lastUse = new long[frames];
    }

    @Override
    public void touched(int frame) {
        TouchCounts.touch(references, frame, 1);
    }

    @Override
    public void loaded(int frame, long page, AccessHint hint) {
        held.set(frame);
        TouchCounts.take(references, frame);
        lastUse[frame] = ++now;
    }

    @Override
    public int evict(long incoming, FrameFilter filter) {
        int oldest = NONE;
        for (int steps = 0; steps < frames; steps++) {
            int frame = hand;
            hand = hand + 1 == frames ? 0 : hand + 1;
            if (!held.get(frame) || !filter.mayEvict(frame)) {
                continue;
            }
            if (TouchCounts.take(references, frame) != 0) {
                lastUse[frame] = now;
            }
            if (oldest == NONE || lastUse[frame] < lastUse[oldest]) {
                oldest = frame;
            }
            if (now - lastUse[frame] > frames) {
                break;
            }
        }
        if (oldest != NONE) {
            held.clear(oldest);
        }
        return oldest;
    }

    @Override
    public void removed(int frame) {
        held.clear(frame);
    }
}
