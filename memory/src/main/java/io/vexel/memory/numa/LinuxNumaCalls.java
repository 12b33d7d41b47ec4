package io.vexel.memory.numa;

import io.vexel.memory.linux.SystemCall;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/** The calls of Linux; elsewhere each answers that there is no such call. */
final class LinuxNumaCalls implements NumaCalls {

    private static final int MPOL_F_NODE_ADDR = 3;
    private static final int MPOL_MF_MOVE = 2;
    private static final int PAGES_AT_ONCE = 1 << 14;

    /** In no Optional, so that the JIT sees a constant. The call takes some nanoseconds: the C library asks the processor. */
    private static final @Nullable MethodHandle SCHED_GETCPU = find();

    private static @Nullable MethodHandle find() {
        if (!SystemCall.supported()) {
            return null;
        }
        return Linker.nativeLinker()
                .defaultLookup()
                .find("sched_getcpu")
                .map(symbol -> Linker.nativeLinker()
                        .downcallHandle(
                                symbol, FunctionDescriptor.of(ValueLayout.JAVA_INT), Linker.Option.critical(false)))
                .orElse(null);
    }

    @Override
    public int cpu() {
        if (SCHED_GETCPU == null) {
            return NO_SUCH_CALL;
        }
        try {
            return (int) SCHED_GETCPU.invokeExact();
        } catch (Throwable e) {
            throw new LinkageError("sched_getcpu", e);
        }
    }

    @Override
    public int bind(long address, long bytes, int mode, long[] nodes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mask = mask(arena, nodes);
            // The kernel counts one bit more than it reads.
            return (int) SystemCall.MBIND.call(
                    address, bytes, mode, address(mask), mask.byteSize() * Byte.SIZE + 1, MPOL_MF_MOVE);
        }
    }

    @Override
    public int setPolicy(int mode, long[] nodes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mask = mask(arena, nodes);
            return (int) SystemCall.SET_MEMPOLICY.call(mode, address(mask), mask.byteSize() * Byte.SIZE + 1);
        }
    }

    private static MemorySegment mask(Arena arena, long[] nodes) {
        return nodes.length == 0 ? MemorySegment.NULL : arena.allocateFrom(ValueLayout.JAVA_LONG, nodes);
    }

    private static long address(MemorySegment segment) {
        return segment.byteSize() == 0 ? 0 : segment.address();
    }

    @Override
    public int movePages(long[] addresses, int[] nodes, int[] status) {
        int result = 0;
        for (int first = 0; first < addresses.length && result >= 0; first += PAGES_AT_ONCE) {
            result = moveSome(addresses, nodes, status, first);
        }
        return result;
    }

    private static int moveSome(long[] addresses, int[] nodes, int[] status, int first) {
        int count = Math.min(PAGES_AT_ONCE, addresses.length - first);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pages = arena.allocate(ValueLayout.JAVA_LONG, count);
            MemorySegment.copy(addresses, first, pages, ValueLayout.JAVA_LONG, 0, count);
            MemorySegment states = arena.allocate(ValueLayout.JAVA_INT, count);
            MemorySegment targets = MemorySegment.NULL;
            if (nodes.length > 0) {
                targets = arena.allocate(ValueLayout.JAVA_INT, count);
                MemorySegment.copy(nodes, first, targets, ValueLayout.JAVA_INT, 0, count);
            }
            long result = SystemCall.MOVE_PAGES.call(
                    0,
                    count,
                    pages.address(),
                    targets.address(),
                    states.address(),
                    nodes.length > 0 ? MPOL_MF_MOVE : 0);
            MemorySegment.copy(states, ValueLayout.JAVA_INT, 0, status, first, count);
            return (int) result;
        }
    }

    @Override
    public int nodeOf(long address) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment node = arena.allocate(ValueLayout.JAVA_INT);
            long result = SystemCall.GET_MEMPOLICY.call(node.address(), 0, 0, address, MPOL_F_NODE_ADDR);
            return result < 0 ? (int) result : node.get(ValueLayout.JAVA_INT, 0);
        }
    }
}
