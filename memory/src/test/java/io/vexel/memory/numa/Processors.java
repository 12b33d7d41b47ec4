package io.vexel.memory.numa;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Keeps threads on processors. */
final class Processors {

    private static final int MASK_BYTES = 128;

    private Processors() {}

    /** From now on the calling thread runs on this processor, of the first 64; by sched_setaffinity(2). */
    static void runOn(int cpu) {
        Linker linker = Linker.nativeLinker();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mask = arena.allocate(MASK_BYTES);
            mask.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, 1L << cpu);
            int result = (int) linker.downcallHandle(
                            linker.defaultLookup().findOrThrow("sched_setaffinity"),
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.ADDRESS))
                    .invokeExact(0, (long) MASK_BYTES, mask);
            if (result != 0) {
                throw new IllegalStateException("processor=" + cpu + ", allowed: one that is online");
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new LinkageError("sched_setaffinity", e);
        }
    }
}
