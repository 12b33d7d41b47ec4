package io.vexel.memory;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * An anonymous private mapping made with mmap(2): untouched pages cost nothing, and advice given before the first touch
 * takes effect. Linux only; elsewhere {@link #tryMap} is empty.
 *
 * @param address start of the mapping
 * @param bytes its length
 */
record AnonymousMapping(long address, long bytes) {

    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x4022;
    private static final long MAP_FAILED = -1;
    private static final boolean LINUX = System.getProperty("os.name", "").equals("Linux");

    private static final Optional<MethodHandle> MMAP = handle(
            "mmap",
            FunctionDescriptor.of(
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_LONG));
    private static final Optional<MethodHandle> MUNMAP =
            handle("munmap", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));

    private static final Optional<MethodHandle> MPROTECT = handle(
            "mprotect",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));

    /** Whether the system has such mappings. */
    static boolean supported() {
        return MMAP.isPresent() && MUNMAP.isPresent();
    }

    /** Whether the system would grant so many bytes of addresses now. */
    static boolean wouldMap(long bytes) {
        Optional<AnonymousMapping> mapping = tryMap(bytes);
        mapping.ifPresent(AnonymousMapping::unmap);
        return mapping.isPresent();
    }

    static Optional<AnonymousMapping> tryMap(long bytes) {
        if (!supported()) {
            return Optional.empty();
        }
        try {
            MemorySegment start = (MemorySegment) MMAP.get()
                    .invokeExact(MemorySegment.NULL, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS_NORESERVE, -1, 0L);
            return start.address() == MAP_FAILED
                    ? Optional.empty()
                    : Optional.of(new AnonymousMapping(start.address(), bytes));
        } catch (Throwable e) {
            throw new LinkageError("mmap", e);
        }
    }

    /** Says what can be done to whole pages of a mapping, by mprotect(2). */
    static void protect(MemorySegment part, PageAccess access) {
        if (part.byteSize() == 0) {
            return;
        }
        int result;
        try {
            MethodHandle mprotect = MPROTECT.orElseThrow(() -> new UnsupportedOperationException("mprotect"));
            result = (int) mprotect.invokeExact(part, part.byteSize(), access.bits());
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new LinkageError("mprotect", e);
        }
        if (result != 0) {
            // The system counts the pieces into which protection divides the mappings of a process, and has a limit for
            // them.
            throw new io.vexel.base.CapacityException("pieces of mappings with protection of their own", 1, 0);
        }
    }

    void unmap() {
        try {
            int result = (int) MUNMAP.orElseThrow().invokeExact(MemorySegment.ofAddress(address), bytes);
            assert result == 0 : "munmap failed for " + this;
        } catch (Throwable e) {
            throw new LinkageError("munmap", e);
        }
    }

    /** The function of the system's library; empty elsewhere than on Linux. */
    static Optional<MethodHandle> handle(String name, FunctionDescriptor descriptor) {
        if (!LINUX) {
            return Optional.empty();
        }
        SymbolLookup lookup = Linker.nativeLinker().defaultLookup();
        return lookup.find(name).map(symbol -> Linker.nativeLinker().downcallHandle(symbol, descriptor));
    }
}
