package io.vexel.index;

import static io.vexel.memory.raw.RawMemory.ALL;

import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Aligned 32-bit little-endian numbers at native addresses, with the access modes that structures shared by threads need. */
final class RawInts {

    private static final VarHandle INT =
            ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

    private RawInts() {}

    static int get(long address) {
        return (int) INT.get(ALL, address);
    }

    static int getAcquire(long address) {
        return (int) INT.getAcquire(ALL, address);
    }

    static void set(long address, int value) {
        INT.set(ALL, address, value);
    }

    static void setRelease(long address, int value) {
        INT.setRelease(ALL, address, value);
    }

    /** True when the number was the expected one, and has been replaced. */
    static boolean compareAndSet(long address, int expected, int value) {
        return INT.compareAndSet(ALL, address, expected, value);
    }
}
