package io.vexel.memory.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/** System calls by number, through syscall(2), on x86-64 and 64-bit ARM. All arguments are passed as 64 bits. */
public enum SystemCall {
    WRITE(1, 64),
    CLOSE(3, 57),
    OPENAT(257, 56),
    PPOLL(271, 73),
    EVENTFD2(290, 19),
    MBIND(237, 235),
    SET_MEMPOLICY(238, 237),
    GET_MEMPOLICY(239, 236),
    MOVE_PAGES(279, 239);

    /** What a call answers where there is no such call. */
    public static final int ENOSYS = 38;

    private static final int ARGUMENTS = 6;
    private static final boolean ARM = System.getProperty("os.arch", "").equals("aarch64");
    private static final boolean KNOWN = System.getProperty("os.name", "").equals("Linux")
            && (ARM || System.getProperty("os.arch", "").equals("amd64"));
    private static final @Nullable MethodHandle SYSCALL = find();
    private static final VarHandle ERRNO =
            Linker.Option.captureStateLayout().varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private final int x86;
    private final int arm;

    SystemCall(int x86, int arm) {
        this.x86 = x86;
        this.arm = arm;
    }

    /** Whether calls reach a kernel here. */
    public static boolean supported() {
        return SYSCALL != null;
    }

    /**
     * Calls.
     *
     * @param arguments at most 6; those left out are 0
     * @return what the call gives, or the error number with a minus
     */
    public long call(long... arguments) {
        if (SYSCALL == null) {
            return -ENOSYS;
        }
        long[] all = java.util.Arrays.copyOf(arguments, ARGUMENTS);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
            long number = ARM ? arm : x86;
            long result = (long) SYSCALL.invokeExact(state, number, all[0], all[1], all[2], all[3], all[4], all[5]);
            return result == -1 ? -(int) ERRNO.get(state, 0L) : result;
        } catch (Throwable e) {
            throw new LinkageError("syscall " + this, e);
        }
    }

    private static @Nullable MethodHandle find() {
        if (!KNOWN) {
            return null;
        }
        ValueLayout number = JAVA_LONG;
        FunctionDescriptor descriptor = FunctionDescriptor.of(
                JAVA_LONG, number, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        assert ADDRESS.byteSize() == JAVA_LONG.byteSize() : "addresses are passed as longs";
        return Linker.nativeLinker()
                .defaultLookup()
                .find("syscall")
                .map(symbol -> Linker.nativeLinker()
                        .downcallHandle(
                                symbol,
                                descriptor,
                                Linker.Option.firstVariadicArg(1),
                                Linker.Option.captureCallState("errno")))
                .orElse(null);
    }
}
