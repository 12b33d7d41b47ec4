package io.vexel.engine;

import io.vexel.collection.indexing.ClosingWatch;
import io.vexel.testkit.ClosingChecks;

/**
 * Checks the index of every collection that a test of this module opens, right before it is closed: its structure, its codes against the vectors, and that it
 * has the rows that it should have. Paged ones are passed over.
 */
public final class SoundIndexes extends ClosingChecks {

    /** Made once, for all tests. */
    public SoundIndexes() {}

    @Override
    protected void watch() {
        ClosingWatch.set((collection, check) ->
                check("index of collection " + collection, () -> check.get().findings()));
    }

    @Override
    protected void unwatch() {
        ClosingWatch.clear();
    }
}
