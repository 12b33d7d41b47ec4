package io.vexel.filesystem;

/** Hears how far a check is. */
@FunctionalInterface
public interface FsckProgress {

    /** Ignores everything. */
    FsckProgress NONE = (_, _, _) -> {};

    /**
     * Called at the start of a phase, now and then within it, and at its end.
     *
     * @param phase what is checked, in words
     * @param done units of the phase that are behind
     * @param total units of the phase, at least {@code done}
     */
    void report(String phase, long done, long total);
}
