package io.vexel.distance;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Integer species of the width in use, for the kernels on codes. The rules of {@link Lanes} about the form of loops hold here too. */
final class CodeLanes {

    private static final VectorShape SHAPE = Simd.FLOATS.vectorShape();

    static final VectorSpecies<Byte> BYTES = SHAPE.withLanes(byte.class);
    static final VectorSpecies<Short> SHORTS = SHAPE.withLanes(short.class);
    static final VectorSpecies<Integer> INTS = SHAPE.withLanes(int.class);

    /** Bytes of a vector: 16, 32 or 64. */
    static final int WIDTH = BYTES.length();

    /** True for 512 bits, where a byte table of 64 entries can be looked up at once and floats become bytes in one step. */
    static final boolean WIDE = WIDTH == 64;

    /** Bytes of 16 elements, the granule of dimensions. */
    static final VectorSpecies<Byte> GRANULE = ByteVector.SPECIES_128;

    private CodeLanes() {}
}
