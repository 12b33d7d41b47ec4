package io.vexel.distance;

import static io.vexel.memory.raw.RawMemory.ALL;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.AND;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.S2I;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/** Widens rows of 16-bit floats, for code that passes over them more than once. */
final class HalfRows {

    private static final int W = Simd.FLOATS.length();

    private HalfRows() {}

    /** Writes so many consecutive elements to the start of an array. */
    static void widen(HalfFormat format, long address, int count, float[] elements) {
        int shift = format.shift;
        IntVector mask = IntVector.broadcast(HalfFormat.INTS, format.mask);
        FloatVector scale = FloatVector.broadcast(Simd.FLOATS, format.scale);
        int body = count & -W;
        for (int i = 0; i != body; i += W) {
            ShortVector.fromMemorySegment(HalfFormat.SHORTS, ALL, address + 2L * i, LITTLE_ENDIAN)
                    .convertShape(S2I, HalfFormat.INTS, 0)
                    .lanewise(LSHL, shift)
                    .lanewise(AND, mask)
                    .reinterpretAsFloats()
                    .mul(scale)
                    .intoArray(elements, i);
        }
        for (int i = body; i < count; i++) {
            elements[i] = format.element(address, i);
        }
    }
}
