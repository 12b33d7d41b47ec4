package io.vexel.bench.paging;

import io.vexel.base.Checks;
import io.vexel.paging.replacement.AccessHint;
import io.vexel.paging.replacement.FrameFilter;
import io.vexel.paging.replacement.PolicyKind;
import io.vexel.paging.replacement.ReplacementPolicy;
import java.util.Arrays;
import java.util.PriorityQueue;

/** Runs a trace against a policy, as demand paging would: an access finds its page in a frame, or a fault brings it there. */
final class Replay {

    private static final int ABSENT = ReplacementPolicy.NONE;

    /** What policies are told of scans. */
    enum Hints {
        /** Which accesses belong to scans. */
        TOLD,
        /** Nothing: all accesses look alike. */
        UNTOLD
    }

    private final PageTrace trace;
    private final int frames;

    /** @param frames at least 1 */
    Replay(PageTrace trace, int frames) {
        this.trace = trace;
        this.frames = Checks.inRange("frames", frames, 1, PolicyKind.MAX_FRAMES);
    }

    /** Accesses that found their page in memory. */
    int hits(ReplacementPolicy policy, Hints hints) {
        int[] frameOf = new int[trace.pageEnd()];
        Arrays.fill(frameOf, ABSENT);
        int[] pageIn = new int[frames];
        int used = 0;
        int hits = 0;
        for (int i = 0; i < trace.length(); i++) {
            int page = trace.page(i);
            boolean scan = hints == Hints.TOLD && trace.isScan(i);
            int frame = frameOf[page];
            if (frame != ABSENT) {
                hits++;
                if (!scan) {
                    policy.touched(frame);
                }
                continue;
            }
            if (used < frames) {
                frame = used++;
            } else {
                frame = policy.evict(page, FrameFilter.ALL);
                frameOf[pageIn[frame]] = ABSENT;
            }
            frameOf[page] = frame;
            pageIn[frame] = page;
            policy.loaded(frame, page, scan ? AccessHint.SCAN : AccessHint.DEMAND);
        }
        return hits;
    }

    /**
     * The most hits that demand paging can have (OPT): the page that is asked for again last leaves.
     *
     * <p>Source: L. A. Belady, "A study of replacement algorithms for a virtual-storage computer", 1966.
     */
    int mostHits() {
        int[] nextUse = nextUses();
        int[] dueOf = new int[trace.pageEnd()];
        Arrays.fill(dueOf, ABSENT);
        // Pairs of when a page is next asked for, latest first, and the page; those that are out of date are passed
        // over.
        PriorityQueue<Long> latest = new PriorityQueue<>((a, b) -> Long.compare(b, a));
        int used = 0;
        int hits = 0;
        for (int i = 0; i < trace.length(); i++) {
            int page = trace.page(i);
            if (dueOf[page] != ABSENT) {
                hits++;
            } else if (used < frames) {
                used++;
            } else {
                long top = latest.remove();
                while (dueOf[(int) top] != (int) (top >>> 32)) {
                    top = latest.remove();
                }
                dueOf[(int) top] = ABSENT;
            }
            dueOf[page] = nextUse[i];
            latest.add((long) nextUse[i] << 32 | page);
        }
        return hits;
    }

    private int[] nextUses() {
        int[] nextUse = new int[trace.length()];
        int[] seen = new int[trace.pageEnd()];
        Arrays.fill(seen, Integer.MAX_VALUE);
        for (int i = trace.length() - 1; i >= 0; i--) {
            nextUse[i] = seen[trace.page(i)];
            seen[trace.page(i)] = i;
        }
        return nextUse;
    }
}
