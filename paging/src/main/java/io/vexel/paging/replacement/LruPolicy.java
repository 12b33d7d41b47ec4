package io.vexel.paging.replacement;

/**
 * Least recently used, exactly: a list in order of use. A touch moves a frame in the list, so it takes this policy's monitor; that is
 * what CLOCK avoids. For comparison, and where exact order matters more than the price of a hit.
 */
final class LruPolicy implements ReplacementPolicy {

    private final LinkedItems order;

    LruPolicy(int frames) {
        order = new LinkedItems(frames, 1);
    }

    @Override
    public synchronized void touched(int frame) {
        if (order.listOf(frame) != NONE) {
            order.moveFirst(0, frame);
        }
    }

    @Override
    public synchronized void loaded(int frame, long page, AccessHint hint) {
        order.addFirst(0, frame);
    }

    @Override
    public synchronized int evict(long incoming, FrameFilter filter) {
        int victim = order.lastAccepted(0, filter);
        if (victim != NONE) {
            order.remove(victim);
        }
        return victim;
    }

    @Override
    public synchronized void removed(int frame) {
        order.remove(frame);
    }
}
