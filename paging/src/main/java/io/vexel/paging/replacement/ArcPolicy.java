package io.vexel.paging.replacement;

/**
 * ARC: pages seen once lately (T1) and pages seen more often (T2), each with the numbers of pages that left it (B1, B2). A miss that one of
 * the latter two remembers says that its list should have been longer, and moves the target size of T1. A touch takes this policy's monitor.
 * For comparison.
 *
 * <p>Items are pages in memory and remembered ones, at most twice as many as frames; {@code frameOf} tells which frame an item is in.
 *
 * <p>Source: N. Megiddo, D. S. Modha, "ARC: a self-tuning, low overhead replacement cache", FAST 2003.
 */
final class ArcPolicy implements ReplacementPolicy {

    private static final int T1 = 0;
    private static final int T2 = 1;
    private static final int B1 = 2;
    private static final int B2 = 3;

    /** Items in no other list. */
    private static final int FREE = 4;

    private final int frames;
    private final LinkedItems lists;
    private final PageMap itemOfPage;
    private final long[] pageOf;
    private final int[] frameOf;
    private final int[] itemOf;
    private int target;

    ArcPolicy(int frames) {
        this.frames = frames;
        int items = 2 * frames;
        lists = new LinkedItems(items, 5);
        itemOfPage = new PageMap(items);
        pageOf = new long[items];
        frameOf = new int[items];
        itemOf = new int[frames];
        for (int item = items - 1; item >= 0; item--) {
            lists.addFirst(FREE, item);
        }
        java.util.Arrays.fill(itemOf, NONE);
    }

    @Override
    public synchronized void touched(int frame) {
        if (itemOf[frame] != NONE) {
            lists.moveFirst(T2, itemOf[frame]);
        }
    }

    @Override
    public synchronized void loaded(int frame, long page, AccessHint hint) {
        int item = itemOfPage.get(page);
        if (item != NONE) {
            lists.moveFirst(T2, item);
        } else {
            if (lists.size(FREE) == 0) {
                forgetLast(lists.size(B1) > 0 ? B1 : B2);
            }
            item = lists.last(FREE);
            lists.moveFirst(T1, item);
            pageOf[item] = page;
            itemOfPage.put(page, item);
        }
        frameOf[item] = frame;
        itemOf[frame] = item;
    }

    @Override
    public synchronized int evict(long incoming, FrameFilter filter) {
        int remembered = itemOfPage.get(incoming);
        int list = remembered == NONE ? NONE : lists.listOf(remembered);
        int newTarget = adapted(list);
        int seenOnce = lists.size(T1);
        boolean oftenFirst = seenOnce == 0 || seenOnce < newTarget || (seenOnce == newTarget && list != B2);
        int victim = evictable(oftenFirst ? T2 : T1, filter);
        if (victim == NONE) {
            victim = evictable(oftenFirst ? T1 : T2, filter);
        }
        if (victim == NONE) {
            return NONE;
        }
        target = newTarget;
        if (list == NONE && lists.size(T1) >= frames) {
            // T1 alone is as long as T1 and B1 may be: what leaves it for a page that nobody remembers is forgotten.
            return leave(victim, FREE);
        }
        if (list == NONE) {
            makeRoomToRemember();
        }
        return leave(victim, lists.listOf(victim) == T1 ? B1 : B2);
    }

    private int adapted(int list) {
        return switch (list) {
            case B1 -> Math.min(frames, target + Math.max(1, lists.size(B2) / lists.size(B1)));
            case B2 -> Math.max(0, target - Math.max(1, lists.size(B1) / lists.size(B2)));
            default -> target;
        };
    }

    private int evictable(int list, FrameFilter filter) {
        int item = lists.last(list);
        while (item != NONE && !filter.mayEvict(frameOf[item])) {
            item = lists.before(item);
        }
        return item;
    }

    /** Forgets a page, so that T1 and B1 together stay within the frames, and all lists within twice the frames. */
    private void makeRoomToRemember() {
        if (lists.size(T1) + lists.size(B1) >= frames) {
            forgetLast(B1);
        } else if (lists.size(FREE) == 0 && lists.size(B2) > 0) {
            forgetLast(B2);
        }
    }

    /** The page of an item leaves memory, to be remembered in a list or forgotten. */
    private int leave(int item, int list) {
        int frame = frameOf[item];
        if (list == FREE) {
            forget(item);
        } else {
            lists.moveFirst(list, item);
        }
        itemOf[frame] = NONE;
        return frame;
    }

    private void forgetLast(int list) {
        forget(lists.last(list));
    }

    private void forget(int item) {
        itemOfPage.remove(pageOf[item]);
        lists.moveFirst(FREE, item);
    }

    @Override
    public synchronized void removed(int frame) {
        forget(itemOf[frame]);
        itemOf[frame] = NONE;
    }
}
