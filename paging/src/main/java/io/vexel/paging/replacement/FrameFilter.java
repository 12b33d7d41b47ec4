package io.vexel.paging.replacement;

/** Which frames may lose their pages now: those that nobody has pinned. */
@FunctionalInterface
public interface FrameFilter {

    /** Accepts every frame. */
    FrameFilter ALL = _ -> true;

    /** Whether the frame may lose its page. */
    boolean mayEvict(int frame);
}
