package io.vexel.bench;

import java.util.concurrent.Callable;

/** A comparison that the entry point runs. */
interface BenchVerb extends Callable<Integer> {

    /** What explains its options. */
    String helpCommand();

    /** Whether an error is followed by where it arose. */
    boolean verbose();
}
