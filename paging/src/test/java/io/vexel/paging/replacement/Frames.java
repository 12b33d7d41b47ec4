package io.vexel.paging.replacement;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/** Frames as a caller of a policy has them, with checks on what the policy answers. */
final class Frames {

    private final ReplacementPolicy policy;
    private final long[] pageIn;
    private final Map<Long, Integer> frameOf = new HashMap<>();
    private final BitSet pinned = new BitSet();

    Frames(ReplacementPolicy policy, int frames) {
        this.policy = policy;
        pageIn = new long[frames];
        Arrays.fill(pageIn, -1);
    }

    boolean holds(long page) {
        return frameOf.containsKey(page);
    }

    int count() {
        return frameOf.size();
    }

    void pin(long page) {
        pinned.set(frameOf.get(page));
    }

    void unpinAll() {
        pinned.clear();
    }

    /** Asks for a page; the page that left for it, or -1. */
    long access(long page) {
        return access(page, AccessHint.DEMAND);
    }

    long access(long page, AccessHint hint) {
        Integer held = frameOf.get(page);
        if (held != null) {
            if (hint == AccessHint.DEMAND) {
                policy.touched(held);
            }
            return -1;
        }
        long left = -1;
        int frame = free();
        if (frame < 0) {
            frame = policy.evict(page, candidate -> !pinned.get(candidate));
            if (frame == ReplacementPolicy.NONE) {
                if (pinned.cardinality() != pageIn.length) {
                    throw new AssertionError("no victim, though only " + pinned + " are pinned");
                }
                return -1;
            }
            left = pageIn[frame];
            if (left < 0 || pinned.get(frame)) {
                throw new AssertionError("frame " + frame + " is empty or pinned");
            }
            frameOf.remove(left);
        }
        pageIn[frame] = page;
        frameOf.put(page, frame);
        policy.loaded(frame, page, hint);
        return left;
    }

    /** Drops a page. */
    void drop(long page) {
        int frame = frameOf.remove(page);
        pageIn[frame] = -1;
        pinned.clear(frame);
        policy.removed(frame);
    }

    private int free() {
        for (int frame = 0; frame < pageIn.length; frame++) {
            if (pageIn[frame] < 0) {
                return frame;
            }
        }
        return -1;
    }
}
