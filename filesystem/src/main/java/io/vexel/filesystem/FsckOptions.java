package io.vexel.filesystem;

import io.vexel.base.Checks;
import io.vexel.memory.MemoryBudget;

/**
 * How to check a volume.
 *
 * @param scope with or without the contents of files
 * @param maxFindings how many findings are kept; all are counted
 * @param budget where the read buffer comes from
 * @param progress hears how far the check is
 */
public record FsckOptions(FsckScope scope, int maxFindings, MemoryBudget budget, FsckProgress progress) {

    public FsckOptions {
        Checks.inRange("maxFindings", maxFindings, 1, Integer.MAX_VALUE);
    }

    /** Everything, at most 1,000 findings kept, unlimited memory, silent. */
    public static FsckOptions defaults() {
        return new FsckOptions(FsckScope.EVERYTHING, 1_000, MemoryBudget.unlimited(), FsckProgress.NONE);
    }

    public FsckOptions withScope(FsckScope value) {
        return new FsckOptions(value, maxFindings, budget, progress);
    }

    public FsckOptions withMaxFindings(int value) {
        return new FsckOptions(scope, value, budget, progress);
    }

    public FsckOptions withBudget(MemoryBudget value) {
        return new FsckOptions(scope, maxFindings, value, progress);
    }

    public FsckOptions withProgress(FsckProgress value) {
        return new FsckOptions(scope, maxFindings, budget, value);
    }
}
