package io.vexel.paging.replacement;

/**
 * Least frequently used: a list of frames for each number of uses since the page came in; among equals the least recently used leaves. Uses
 * beyond {@value #MOST_USES} are not told apart. A touch takes this policy's monitor. For comparison.
 *
 * <p>Source: K. Shah, A. Mitra, D. Matani, "An O(1) algorithm for implementing the LFU cache eviction scheme", 2010, with an array in place of
 * the list of counts.
 */
final class LfuPolicy implements ReplacementPolicy {

    /** Lists there are: uses 1 to this many. */
    static final int MOST_USES = 255;

    private final LinkedItems byUses;

    LfuPolicy(int frames) {
        byUses = new LinkedItems(frames, MOST_USES + 1);
    }

    @Override
    public synchronized void touched(int frame) {
        int uses = byUses.listOf(frame);
        if (uses != NONE) {
            byUses.moveFirst(Math.min(uses + 1, MOST_USES), frame);
        }
    }

    @Override
    public synchronized void loaded(int frame, long page, AccessHint hint) {
        byUses.addFirst(1, frame);
    }

    @Override
    public synchronized int evict(long incoming, FrameFilter filter) {
        for (int uses = 1; uses <= MOST_USES; uses++) {
            int victim = byUses.lastAccepted(uses, filter);
            if (victim != NONE) {
                byUses.remove(victim);
                return victim;
            }
        }
        return NONE;
    }

    @Override
    public synchronized void removed(int frame) {
        byUses.remove(frame);
    }
}
