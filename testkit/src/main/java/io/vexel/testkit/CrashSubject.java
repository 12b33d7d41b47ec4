package io.vexel.testkit;

/** What is crashed and brought back. Called from several threads at once, each with a device of its own. */
@FunctionalInterface
public interface CrashSubject {

    /**
     * Recovers from what a crash left, checks whatever must hold after any recovery, and closes what it opened.
     *
     * @param device the crashed medium; it may be written
     * @param salt differs from state to state; for checks that are too expensive to be made each time
     * @return the state found, in the words of {@link CrashTrace}
     * @throws RuntimeException when it cannot be recovered
     * @throws AssertionError when something does not hold
     */
    String recover(SimulatedDevice device, long salt);
}
