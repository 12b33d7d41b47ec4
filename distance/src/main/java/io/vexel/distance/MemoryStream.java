package io.vexel.distance;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Reads memory as fast as the machine lets one thread: the yardstick for scans. */
public final class MemoryStream {

    private static final VectorSpecies<Long> WORDS =
            VectorSpecies.of(long.class, VectorShape.forBitSize(Simd.HOST.widthBits()));
    private static final int STEP_BYTES = 4 * WORDS.vectorByteSize();

    private MemoryStream() {}

    /**
     * The sum of the 64-bit words of the segment in the machine's order, with overflow: a value that depends on every byte, so
     * that no read can be left out.
     *
     * @param source its length is a multiple of 8
     */
    public static long sum(MemorySegment source) {
        ByteOrder order = ByteOrder.nativeOrder();
        LongVector a = LongVector.zero(WORDS);
        LongVector b = a;
        LongVector c = a;
        LongVector d = a;
        int width = WORDS.vectorByteSize();
        long offset = 0;
        for (; offset <= source.byteSize() - STEP_BYTES; offset += STEP_BYTES) {
            a = a.add(LongVector.fromMemorySegment(WORDS, source, offset, order));
            b = b.add(LongVector.fromMemorySegment(WORDS, source, offset + width, order));
            c = c.add(LongVector.fromMemorySegment(WORDS, source, offset + 2L * width, order));
            d = d.add(LongVector.fromMemorySegment(WORDS, source, offset + 3L * width, order));
        }
        long sum = a.add(b).add(c.add(d)).reduceLanes(VectorOperators.ADD);
        for (; offset < source.byteSize(); offset += Long.BYTES) {
            sum += source.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
        }
        return sum;
    }
}
