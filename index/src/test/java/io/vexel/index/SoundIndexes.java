package io.vexel.index;

import io.vexel.testkit.ClosingChecks;

/**
 * Checks every derived index that a test of this module makes, right before it is closed: degrees, links, reachability, entries of hash tables, and that codes
 * are those of the vectors.
 */
public final class SoundIndexes extends ClosingChecks {

    /** Made once, for all tests. */
    public SoundIndexes() {}

    @Override
    protected void watch() {
        ClosingWatch.set(index ->
                check(index.kind().toString(), () -> index.verify(RowFilter.ALL).findings()));
    }

    @Override
    protected void unwatch() {
        ClosingWatch.set(_ -> {});
    }
}
