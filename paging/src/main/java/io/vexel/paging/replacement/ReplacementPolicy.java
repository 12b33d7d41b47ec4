package io.vexel.paging.replacement;

/**
 * Decides which page leaves memory when another has to come in. Frames are numbered from 0; each holds one page or none.
 *
 * <p>{@link #loaded}, {@link #evict} and {@link #removed} are called by one thread at a time, under the lock of whoever owns the frames.
 * {@link #touched} is called by any thread at any time, without a lock, perhaps late: for a frame that meanwhile holds another page or
 * none. A policy may lose touches, and may not break by them.
 */
public interface ReplacementPolicy {

    /** No frame. */
    int NONE = -1;

    /** A page in memory was asked for. Hits of scans are not told: what is read once, in order, says nothing of what comes next. */
    void touched(int frame);

    /**
     * A page was put into a frame that held none.
     *
     * @param frame 0 to the number of frames, exclusive
     * @param page its number, at least 0
     */
    void loaded(int frame, long page, AccessHint hint);

    /**
     * Chooses the frame whose page leaves, and forgets that page: the frame holds none from now on.
     *
     * @param incoming the page that will be loaded instead
     * @return a frame that the filter accepts, or {@link #NONE} when no frame that holds a page is accepted; nothing is forgotten then
     */
    int evict(long incoming, FrameFilter filter);

    /** The page of a frame left for a reason of its own: it was dropped. The frame held one, and holds none from now on. */
    void removed(int frame);
}
