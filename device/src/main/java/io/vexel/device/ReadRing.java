package io.vexel.device;

import static io.vexel.memory.raw.RawMemory.ALL;

import io.vexel.base.Bytes;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * A queue of reads that the kernel makes side by side: an io_uring, by its system calls (io_uring_setup(2), io_uring_enter(2)). For one thread at a
 * time.
 *
 * <pre>
 *   add, add, add --> submission queue --enter--> under way ----> completion queue --> result of each
 * </pre>
 *
 * <p>Invariant: no read is under way when {@link #run} returns, however it ends, so that the memory that reads go to may be freed. What could not
 * be started is {@link #NOT_MADE}, and the ring is of no use any more. After it was opened it allocates nothing.
 */
final class ReadRing implements AutoCloseable {

    /** Most reads of one turn. */
    static final int MOST_READS = 64;

    /** The result of a read that never began. */
    static final int NOT_MADE = Integer.MIN_VALUE;

    private static final int SETUP = 425;
    private static final int ENTER = 426;
    private static final long WAIT = 1;
    private static final byte OPERATION_READ = 22;

    private static final int EINTR = 4;
    private static final int EAGAIN = 11;
    private static final int EBUSY = 16;
    private static final int ENOSYS = 38;

    /** Rings in one mapping, completions that are never dropped, and the read without a vector: all there since Linux 5.6. */
    private static final int NEEDED_FEATURES = 1 | 2 | 8;

    private static final int ENTRY_BYTES = 64;
    private static final int COMPLETION_BYTES = 16;
    private static final long RINGS_AT = 0;
    private static final long ENTRIES_AT = 0x10000000;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED_POPULATE = 0x8001;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final AddressLayout POINTER = ValueLayout.ADDRESS;
    private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
    private static final long ERRNO = STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));
    private static final VarHandle WORD = INT.varHandle();

    /** Of struct io_uring_params: the places of its fields, and of those of the two queues it tells of. */
    private static final class Parameters {
        static final long BYTES = 120;
        static final long FEATURES = 20;
        static final long SUBMISSION = 40;
        static final long COMPLETION = 80;
        static final long HEAD = 0;
        static final long TAIL = 4;
        static final long MASK = 8;
        static final long ARRAY = 24;
        static final long COMPLETIONS = 20;
    }

    /** The call that starts reads and waits for their end; tests put themselves in between. */
    interface Enter {

        /**
         * Starts reads and waits.
         *
         * @param ring descriptor of the ring
         * @param toStart how many of the submission queue are to be started
         * @param toAwait completions to wait for
         * @param state where the error number is kept
         * @return reads that were started, or the error number with a minus
         */
        int enter(int ring, int toStart, int toAwait, MemorySegment state);
    }

    private final int descriptor;
    private final Enter enter;
    private final MemorySegment state = Arena.ofAuto().allocate(STATE);
    private final int[] results = new int[MOST_READS];
    private final Mapping rings;
    private final Mapping entries;
    private final Queues queues;
    private int added;

    private record Mapping(long address, long bytes) {}

    /** Addresses of what this process and the kernel share. */
    private record Queues(
            long submissionTail,
            int submissionMask,
            long completionHead,
            long completionTail,
            int completionMask,
            long completions) {}

    private ReadRing(int descriptor, Mapping rings, Mapping entries, Queues queues, Enter enter) {
        this.descriptor = descriptor;
        this.rings = rings;
        this.entries = entries;
        this.queues = queues;
        this.enter = enter;
    }

    /** Opens a ring. @throws SystemCallException when the system has none for this process, or no other one now */
    static ReadRing open() throws SystemCallException {
        return open(ReadRing::callEnter);
    }

    static ReadRing open(Enter enter) throws SystemCallException {
        if (!LinuxFile.supported()) {
            throw new SystemCallException("io_uring_setup", ENOSYS);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment parameters = arena.allocate(Parameters.BYTES, Long.BYTES);
            int descriptor = (int) LinuxCalls.once("io_uring_setup", state -> (long) Calls.SYSCALL.invokeExact(
                    state, (long) SETUP, (long) MOST_READS, parameters.address(), 0L, 0L, 0L, 0L));
            try {
                return map(descriptor, parameters, enter);
            } catch (SystemCallException | RuntimeException | Error e) {
                new LinuxCalls().close(descriptor);
                throw e;
            }
        }
    }

    private static ReadRing map(int descriptor, MemorySegment parameters, Enter enter) throws SystemCallException {
        if ((parameters.get(INT, Parameters.FEATURES) & NEEDED_FEATURES) != NEEDED_FEATURES) {
            throw new SystemCallException("io_uring_setup", ENOSYS);
        }
        int places = parameters.get(INT, 0);
        long array = field(parameters, Parameters.SUBMISSION, Parameters.ARRAY);
        long completions = field(parameters, Parameters.COMPLETION, Parameters.COMPLETIONS);
        long bytes = Math.max(
                array + (long) places * Integer.BYTES,
                completions + (long) parameters.get(INT, Integer.BYTES) * COMPLETION_BYTES);
        Mapping rings = map(descriptor, RINGS_AT, bytes);
        try {
            Mapping entries = map(descriptor, ENTRIES_AT, (long) places * ENTRY_BYTES);
            long base = rings.address;
            for (int i = 0; i < places; i++) {
                ALL.set(INT, base + array + (long) i * Integer.BYTES, i);
            }
            Queues queues = new Queues(
                    base + field(parameters, Parameters.SUBMISSION, Parameters.TAIL),
                    ALL.get(INT, base + field(parameters, Parameters.SUBMISSION, Parameters.MASK)),
                    base + field(parameters, Parameters.COMPLETION, Parameters.HEAD),
                    base + field(parameters, Parameters.COMPLETION, Parameters.TAIL),
                    ALL.get(INT, base + field(parameters, Parameters.COMPLETION, Parameters.MASK)),
                    base + completions);
            return new ReadRing(descriptor, rings, entries, queues, enter);
        } catch (SystemCallException | RuntimeException | Error e) {
            unmap(rings);
            throw e;
        }
    }

    private static long field(MemorySegment parameters, long queue, long field) {
        return Integer.toUnsignedLong(parameters.get(INT, queue + field));
    }

    /** Bytes of memory that the ring shares with the kernel. */
    long memoryBytes() {
        return Bytes.roundUp(rings.bytes, 4096) + Bytes.roundUp(entries.bytes, 4096);
    }

    /** Forgets the reads of the last turn. */
    void begin() {
        added = 0;
    }

    /**
     * Adds a read to the next turn, which has fewer than {@link #MOST_READS}.
     *
     * @param offset in the file
     * @param target native memory that stays until {@link #run} has returned, at most 1 GiB
     * @return its number, for {@link #result}
     */
    int add(int file, long offset, MemorySegment target) {
        int tail = (int) WORD.get(ALL, queues.submissionTail) + added;
        long entry = entries.address + (long) (tail & queues.submissionMask) * ENTRY_BYTES;
        ALL.asSlice(entry, ENTRY_BYTES).fill((byte) 0);
        ALL.set(BYTE, entry, OPERATION_READ);
        ALL.set(INT, entry + 4, file);
        ALL.set(LONG, entry + 8, offset);
        ALL.set(LONG, entry + 16, target.address());
        ALL.set(INT, entry + 24, (int) target.byteSize());
        ALL.set(LONG, entry + 32, added);
        return added++;
    }

    /**
     * Makes the reads that were added, and returns when all that began have ended.
     *
     * @return false when the ring is to be closed, since not all could be started
     */
    boolean run() {
        Arrays.fill(results, 0, added, NOT_MADE);
        WORD.setRelease(ALL, queues.submissionTail, (int) WORD.get(ALL, queues.submissionTail) + added);
        boolean usable = true;
        int started = 0;
        int ended = 0;
        while (ended < started || (usable && started < added)) {
            int toStart = usable ? added - started : 0;
            int result = enter.enter(descriptor, toStart, started + toStart - ended, state);
            if (result > 0) {
                started += result;
            } else if (toStart > 0 && !isPassing(result, started - ended)) {
                usable = false;
            }
            ended += reap();
        }
        return usable;
    }

    /** Whether a call that started nothing is to be made again: it was interrupted, or waits for reads that are under way. */
    private static boolean isPassing(int result, int underWay) {
        return result == -EINTR || ((result == -EAGAIN || result == -EBUSY) && underWay > 0);
    }

    private int reap() {
        int head = (int) WORD.get(ALL, queues.completionHead);
        int count = (int) WORD.getAcquire(ALL, queues.completionTail) - head;
        for (int i = 0; i < count; i++) {
            long completion = queues.completions + (long) ((head + i) & queues.completionMask) * COMPLETION_BYTES;
            results[(int) ALL.get(LONG, completion)] = ALL.get(INT, completion + Long.BYTES);
        }
        WORD.setRelease(ALL, queues.completionHead, head + count);
        return count;
    }

    /** Bytes that a read of the last turn gave, an error number with a minus, or {@link #NOT_MADE}. */
    int result(int number) {
        return results[number];
    }

    @Override
    public void close() {
        unmap(entries);
        unmap(rings);
        try {
            new LinuxCalls().close(descriptor);
        } catch (SystemCallException e) {
            throw new IllegalStateException(e);
        }
    }

    static int callEnter(int ring, int toStart, int toAwait, MemorySegment state) {
        try {
            long result = (long) Calls.SYSCALL.invokeExact(
                    state, (long) ENTER, (long) ring, (long) toStart, (long) toAwait, WAIT, 0L, 0L);
            return result < 0 ? -state.get(INT, ERRNO) : (int) result;
        } catch (Throwable e) {
            throw new LinkageError("io_uring_enter", e);
        }
    }

    private static Mapping map(int descriptor, long offset, long bytes) throws SystemCallException {
        long address = LinuxCalls.once(
                "mmap",
                state -> ((MemorySegment) Calls.MMAP.invokeExact(
                                state,
                                MemorySegment.NULL,
                                bytes,
                                PROT_READ_WRITE,
                                MAP_SHARED_POPULATE,
                                descriptor,
                                offset))
                        .address());
        return new Mapping(address, bytes);
    }

    private static void unmap(Mapping mapping) {
        try {
            LinuxCalls.once("munmap", state ->
                    (int) Calls.MUNMAP.invokeExact(state, MemorySegment.ofAddress(mapping.address), mapping.bytes));
        } catch (SystemCallException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Made when the first ring is opened, so that systems without these calls never look for them. */
    private static final class Calls {

        static final MethodHandle SYSCALL = LinuxCalls.handle(
                "syscall",
                FunctionDescriptor.of(LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG),
                Linker.Option.firstVariadicArg(1));
        static final MethodHandle MMAP =
                LinuxCalls.handle("mmap", FunctionDescriptor.of(POINTER, POINTER, LONG, INT, INT, INT, LONG));
        static final MethodHandle MUNMAP = LinuxCalls.handle("munmap", FunctionDescriptor.of(INT, POINTER, LONG));
    }
}
