package io.vexel.memory.pressure;

/** How the monitor's thread waits for the next look. */
interface Waiter extends AutoCloseable {

    /** What ended a wait. */
    enum Cause {
        /** The time, or a wake-up. */
        TIME,
        /** A trigger of the kernel. */
        TRIGGER
    }

    /** Waits until the time has passed, somebody calls {@link #wake}, or a trigger fires. Only one thread waits. */
    Cause await(long nanos);

    /** Ends the wait that is under way, or else the next one at least. */
    void wake();

    @Override
    void close();
}
