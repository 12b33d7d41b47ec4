package io.vexel.paging.replacement;

/**
 * The default: CLOCK over the frames, with two frequency sketches that remember pages beyond their stay, one for long and one not.
 *
 * <p>A page that comes in waits in the <i>window</i>, a queue of few frames; at its end it contends with a page of the <i>main</i> frames,
 * and who was in less demand leaves. The page of the main frames is the one in least demand of a few that the hand of a clock came by and
 * that were not touched since its last turn. So neither a burst nor a scan drives out what is asked for again and again, and a touch is
 * what it is in CLOCK: a byte that is read, and seldom written. The sketches are fed by the hand and by the window's end with what those
 * bytes say, under the caller's lock.
 *
 * <p><i>Demand</i> of a page is its count in the sketch that forgets slowly, and {@link Tuning#lateWeight} times what its count in the one that
 * forgets soon is above 1. The first tells well what is popular as long as that stays so, the second what has become popular lately, and what
 * no longer is. One use is no sign of popularity: a scan that nobody announced leaves one with every page.
 *
 * <p>A page loaded with {@link AccessHint#SCAN} is not counted, and leaves first, unless it was asked for meanwhile.
 *
 * <p>Invariants: a frame with a page is in exactly one of window, scanned and main; {@code page[frame]} is its page. Every step of the
 * hand looks at one frame, and it takes at most two turns.
 *
 * <p>Departures from W-TinyLFU, where this comes from (G. Einziger, O. Eytan, R. Friedman, B. Manes, "Adaptive software cache
 * management", 2018): no lists in the main frames, hence no lock on a hit; touches are counted when the hand sees them; several
 * candidates contend instead of one, which takes the place of the order that the lists had.
 */
final class SketchClockPolicy implements ReplacementPolicy {

    /** Lists; frames of main are in none of them. */
    private static final int WINDOW = 0;

    private static final int SCANNED = 1;

    /**
     * What may be tuned.
     *
     * @param windowPercent frames of the window
     * @param candidates frames among which the hand chooses
     * @param longUsesPerFrame uses counted between two halvings of the sketch that forgets slowly, a frame
     * @param lateUsesPerFrame the same of the one that forgets soon
     * @param lateWeight how much more a use in that one weighs
     */
    record Tuning(int windowPercent, int candidates, int longUsesPerFrame, int lateUsesPerFrame, int lateWeight) {

        static final Tuning DEFAULT = new Tuning(5, 8, 32, 5, 4);
    }

    /** Touches between two looks that are told apart. */
    private static final int MOST_TOUCHES = 3;

    private static final long EMPTY = -1;

    private final int frames;
    private final int windowFrames;
    private final int candidates;
    private final long[] page;
    private final LinkedItems lists;
    private final byte[] touches;
    private final FrequencySketch longTerm;
    private final FrequencySketch late;
    private final int lateWeight;
    private int mainFrames;
    /** Frames from this one on never had a page; the hand turns below it. A cache may have memory for few of its frames. */
    private int usedFrames;

    private int hand;

    SketchClockPolicy(int frames) {
        this(frames, Tuning.DEFAULT);
    }

    SketchClockPolicy(int frames, Tuning tuning) {
        this(frames, tuning, 2 * frames);
    }

    /** @param pages how many are to be told apart for long; half as many for not so long */
    SketchClockPolicy(int frames, Tuning tuning, int pages) {
        this.frames = frames;
        windowFrames = Math.max(1, (int) ((long) frames * tuning.windowPercent / 100));
        candidates = tuning.candidates;
        page = new long[frames];
        java.util.Arrays.fill(page, EMPTY);
        lists = new LinkedItems(frames, 2);
        touches = new byte[frames];
        longTerm = new FrequencySketch(pages, (long) frames * tuning.longUsesPerFrame);
        late = new FrequencySketch(pages / 2, (long) frames * tuning.lateUsesPerFrame);
        lateWeight = tuning.lateWeight;
    }

    @Override
    public void touched(int frame) {
        TouchCounts.touch(touches, frame, MOST_TOUCHES);
    }

    @Override
    public void loaded(int frame, long newPage, AccessHint hint) {
        page[frame] = newPage;
        usedFrames = Math.max(usedFrames, frame + 1);
        TouchCounts.take(touches, frame);
        if (hint == AccessHint.SCAN) {
            lists.addFirst(SCANNED, frame);
            return;
        }
        countUses(newPage, 1);
        lists.addFirst(WINDOW, frame);
        // As long as frames are free nobody has to leave, and the window hands on to main without a contest.
        if (lists.size(WINDOW) > windowFrames && lists.size(WINDOW) + mainFrames < frames) {
            enterMain(lists.last(WINDOW));
        }
    }

    private void enterMain(int frame) {
        countTouches(frame);
        lists.remove(frame);
        mainFrames++;
    }

    private int countTouches(int frame) {
        int count = TouchCounts.take(touches, frame);
        countUses(page[frame], count);
        return count;
    }

    private void countUses(long ofPage, int count) {
        longTerm.add(ofPage, count);
        late.add(ofPage, count);
    }

    private int demand(long ofPage) {
        return longTerm.frequency(ofPage) + lateWeight * Math.max(0, late.frequency(ofPage) - 1);
    }

    @Override
    public int evict(long incoming, FrameFilter filter) {
        int victim = scanned(filter);
        if (victim == NONE) {
            victim = lists.size(WINDOW) >= windowFrames || mainFrames == 0 ? contend(filter) : coldest(filter);
        }
        if (victim == NONE) {
            victim = lists.lastAccepted(WINDOW, filter);
        }
        if (victim != NONE) {
            leave(victim);
        }
        return victim;
    }

    private void leave(int frame) {
        if (lists.listOf(frame) == NONE) {
            mainFrames--;
        } else {
            lists.remove(frame);
        }
        page[frame] = EMPTY;
    }

    /** The oldest page of a scan that nobody else asked for; the others go to the window. */
    private int scanned(FrameFilter filter) {
        int frame = lists.lastAccepted(SCANNED, filter);
        while (frame != NONE && countTouches(frame) > 0) {
            lists.moveFirst(WINDOW, frame);
            frame = lists.lastAccepted(SCANNED, filter);
        }
        return frame;
    }

    /** The one in less demand of the window's oldest page and main's coldest; the former becomes one of main's when it stays. */
    private int contend(FrameFilter filter) {
        int oldest = lists.lastAccepted(WINDOW, filter);
        if (oldest == NONE) {
            return coldest(filter);
        }
        int cold = coldest(filter);
        if (cold == NONE) {
            return oldest;
        }
        countTouches(oldest);
        if (demand(page[oldest]) <= demand(page[cold])) {
            return oldest;
        }
        enterMain(oldest);
        return cold;
    }

    /** The one in least demand of the next frames of main that were not touched since the hand came by; {@link #NONE} when it may have none. */
    private int coldest(FrameFilter filter) {
        int coldest = NONE;
        int least = Integer.MAX_VALUE;
        int seen = 0;
        int lastAccepted = NONE;
        for (int steps = 0; steps < 2 * usedFrames && seen < candidates; steps++) {
            int frame = hand < usedFrames ? hand : 0;
            hand = frame + 1;
            if (page[frame] == EMPTY || lists.listOf(frame) != NONE || !filter.mayEvict(frame)) {
                continue;
            }
            lastAccepted = frame;
            if (countTouches(frame) > 0) {
                continue;
            }
            seen++;
            int demand = demand(page[frame]);
            if (demand < least) {
                least = demand;
                coldest = frame;
            }
        }
        return coldest != NONE ? coldest : lastAccepted;
    }

    @Override
    public void removed(int frame) {
        leave(frame);
    }
}
