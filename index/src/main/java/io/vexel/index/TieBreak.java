package io.vexel.index;

/** The order of rows at the same distance: that of their point ids. A total order on ordinals, constant during a search. */
@FunctionalInterface
public interface TieBreak {

    /** The row with the smaller ordinal first. */
    TieBreak ORDINAL = Long::compare;

    /** Negative when row {@code a} comes first, positive when row {@code b} does; zero only for {@code a == b}. */
    int compare(long a, long b);
}
