package io.vexel.distance;

import io.vexel.base.Checks;

/** What one vector element is. Rows are contiguous, without padding, in memory as on disk; multi-byte values are little-endian. */
public enum ElementType {
    /** IEEE 754 binary32. */
    FLOAT32 {
        @Override
        public int rowBytes(int dimension) {
            return 4 * checked(dimension);
        }
    },

    /** One bit; element {@code i} is bit {@code i % 8} of byte {@code i / 8}. Bits of the last byte beyond the dimension are ignored. */
    BIT {
        @Override
        public int rowBytes(int dimension) {
            return (checked(dimension) + 7) >>> 3;
        }
    };

    /** The largest dimension of a vector. */
    public static final int MAX_DIMENSION = 4096;

    /**
     * Exact bytes of one row.
     *
     * @param dimension elements, 1..{@value #MAX_DIMENSION}
     */
    public abstract int rowBytes(int dimension);

    private static int checked(int dimension) {
        return Checks.inRange("dimension", dimension, 1, MAX_DIMENSION);
    }
}
