package io.vexel.collection.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * 64-bit hashes of ids, seeded so that whoever chooses ids cannot choose collisions. Multiplication and folding as in wyhash
 * (Wang Yi, public domain); lives in memory only, never on the volume.
 */
final class IdHash {

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long FIRST = 0xA0761D6478BD642FL;
    private static final long SECOND = 0xE7037ED1A0B428DBL;

    private final long seed;

    IdHash(long seed) {
        this.seed = fold(seed ^ FIRST, SECOND);
    }

    long number(long value) {
        return fold(value ^ seed, FIRST ^ Long.rotateLeft(seed, 32));
    }

    long text(byte[] bytes, int offset, int length) {
        long hash = seed ^ SECOND;
        int at = offset;
        int end = offset + length;
        while (end - at >= Long.BYTES) {
            hash = fold(hash ^ (long) LONG.get(bytes, at), FIRST);
            at += Long.BYTES;
        }
        long rest = 0;
        for (int shift = 0; at < end; at++, shift += Byte.SIZE) {
            rest |= (bytes[at] & 0xFFL) << shift;
        }
        return fold(hash ^ rest, SECOND ^ length);
    }

    private static long fold(long a, long b) {
        return Math.unsignedMultiplyHigh(a, b) ^ (a * b);
    }
}
