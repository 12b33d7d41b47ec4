package io.vexel.memory.pressure;

import java.util.Optional;

/** Something that says how short memory is. Read by one thread at a time. */
interface PressureSource {

    /** What it is called, in statistics and warnings. */
    String name();

    /** Whether it speaks of memory outside of the budget, which then is to become less. */
    boolean isOfSystem();

    /**
     * Looks.
     *
     * @param nanos the time
     * @return empty when it cannot be read now
     */
    Optional<Reading> read(long nanos);

    /**
     * What was seen. Two levels, so that one is not left as soon as it would not be entered: {@code enters <= leaves}.
     *
     * @param enters the level is at least this from now on
     * @param leaves the level is at most this from now on, once that has lasted
     * @param text the figures behind it
     */
    record Reading(PressureLevel enters, PressureLevel leaves, String text) {

        public Reading {
            assert !enters.isAbove(leaves) : enters + " above " + leaves;
        }
    }
}
