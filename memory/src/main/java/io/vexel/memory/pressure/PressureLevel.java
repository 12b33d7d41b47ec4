package io.vexel.memory.pressure;

/** How short memory is. */
public enum PressureLevel {
    /** There is enough. */
    NORMAL,
    /** A quarter of what can be given back is given back. */
    LOW,
    /** All that can be given back is. */
    CRITICAL;

    /** The higher of two. */
    public PressureLevel or(PressureLevel other) {
        return compareTo(other) >= 0 ? this : other;
    }

    /** The lower of two. */
    PressureLevel and(PressureLevel other) {
        return compareTo(other) <= 0 ? this : other;
    }

    boolean isAbove(PressureLevel other) {
        return compareTo(other) > 0;
    }
}
