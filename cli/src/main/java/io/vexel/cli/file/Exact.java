package io.vexel.cli.file;

/** Turns other number types into float32 without changing them unseen. */
final class Exact {

    private Exact() {}

    /** The integer as float; an integer that float32 cannot hold is malformed. */
    static float toFloat(Input input, long row, int component, long value) {
        float result = value;
        if ((long) result != value || value == Long.MAX_VALUE) {
            throw input.malformed(
                    "row " + row + ", component " + component, "an integer that float32 holds exactly", "" + value);
        }
        return result;
    }

    /** The nearest float; a finite number outside the range of float32 is malformed. */
    static float toFloat(Input input, long row, int component, double value) {
        float result = (float) value;
        if (Float.isInfinite(result) && !Double.isInfinite(value)) {
            throw input.malformed("row " + row + ", component " + component, "a number in float32's range", "" + value);
        }
        return result;
    }
}
