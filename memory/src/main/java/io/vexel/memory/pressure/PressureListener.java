package io.vexel.memory.pressure;

/** Gets told when the level changes; called by the thread that saw it, one call at a time, and should be short. */
@FunctionalInterface
public interface PressureListener {

    /**
     * The level has changed.
     *
     * @param before what it was
     * @param now what it is; another one than before
     */
    void changed(PressureLevel before, PressureLevel now);
}
