package io.vexel.device;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;

/** System calls with errno turned into {@link SystemCallException}. A call that a signal interrupted is made again, save for sync. */
final class LinuxCalls {

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final AddressLayout POINTER = ValueLayout.ADDRESS;
    private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
    private static final long ERRNO = STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle OPEN = handle("open", FunctionDescriptor.of(INT, POINTER, INT));
    private static final MethodHandle PREAD = handle("pread", FunctionDescriptor.of(LONG, INT, POINTER, LONG, LONG));
    private static final MethodHandle PWRITE = handle("pwrite", FunctionDescriptor.of(LONG, INT, POINTER, LONG, LONG));
    private static final MethodHandle LSEEK = handle("lseek", FunctionDescriptor.of(LONG, INT, LONG, INT));
    private static final MethodHandle FTRUNCATE = handle("ftruncate", FunctionDescriptor.of(INT, INT, LONG));
    private static final MethodHandle FALLOCATE = handle("fallocate", FunctionDescriptor.of(INT, INT, INT, LONG, LONG));
    private static final MethodHandle FDATASYNC = handle("fdatasync", FunctionDescriptor.of(INT, INT));
    private static final MethodHandle FLOCK = handle("flock", FunctionDescriptor.of(INT, INT, INT));
    private static final MethodHandle CLOSE = handle("close", FunctionDescriptor.of(INT, INT));

    /** One call; its result is negative when errno says why. */
    interface Call {
        long make(MemorySegment state) throws Throwable;
    }

    int open(MemorySegment path, int flags) throws SystemCallException {
        return (int) repeated("open", state -> (int) OPEN.invokeExact(state, path, flags));
    }

    long read(int descriptor, MemorySegment target, long offset) throws SystemCallException {
        return repeated(
                "pread", state -> (long) PREAD.invokeExact(state, descriptor, target, target.byteSize(), offset));
    }

    long write(int descriptor, MemorySegment source, long offset) throws SystemCallException {
        return repeated(
                "pwrite", state -> (long) PWRITE.invokeExact(state, descriptor, source, source.byteSize(), offset));
    }

    long seek(int descriptor, long offset, int whence) throws SystemCallException {
        return repeated("lseek", state -> (long) LSEEK.invokeExact(state, descriptor, offset, whence));
    }

    void truncate(int descriptor, long bytes) throws SystemCallException {
        repeated("ftruncate", state -> (int) FTRUNCATE.invokeExact(state, descriptor, bytes));
    }

    void allocate(int descriptor, int mode, long offset, long length) throws SystemCallException {
        repeated("fallocate", state -> (int) FALLOCATE.invokeExact(state, descriptor, mode, offset, length));
    }

    /** Made once: after a failed sync the kernel may have dropped the dirty pages, and a second one would succeed. */
    void sync(int descriptor) throws SystemCallException {
        once("fdatasync", state -> (int) FDATASYNC.invokeExact(state, descriptor));
    }

    void lock(int descriptor, int operation) throws SystemCallException {
        repeated("flock", state -> (int) FLOCK.invokeExact(state, descriptor, operation));
    }

    /** Made once: on Linux the descriptor is gone even when close fails. */
    void close(int descriptor) throws SystemCallException {
        once("close", state -> (int) CLOSE.invokeExact(state, descriptor));
    }

    private static long repeated(String name, Call call) throws SystemCallException {
        while (true) {
            try {
                return once(name, call);
            } catch (SystemCallException e) {
                if (!e.interrupted()) {
                    throw e;
                }
            }
        }
    }

    static long once(String name, Call call) throws SystemCallException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            long result = call.make(state);
            if (result < 0) {
                throw new SystemCallException(name, state.get(INT, ERRNO));
            }
            return result;
        } catch (SystemCallException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new LinkageError(name, e);
        }
    }

    /** A function of the C library whose error number is captured in its first argument. */
    static MethodHandle handle(String name, FunctionDescriptor descriptor, Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        Linker.Option[] all = Arrays.copyOf(options, options.length + 1);
        all[options.length] = Linker.Option.captureCallState("errno");
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor, all);
    }
}
