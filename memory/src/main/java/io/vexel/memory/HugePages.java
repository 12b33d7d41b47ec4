package io.vexel.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** Memory aligned to 2 MiB for which the system was asked to use huge pages; ordinary pages where it will not. */
final class HugePages {

    private static final int MADV_HUGEPAGE = 14;
    private static final System.Logger LOG = System.getLogger(HugePages.class.getName());
    private static final Optional<MethodHandle> MADVISE = findMadvise();

    private HugePages() {}

    /** Maps zeroed memory in the arena. The advice comes before the pages are touched, so they can be huge from the start. */
    static MemorySegment map(Arena arena, long bytes) {
        AnonymousMapping mapping =
                AnonymousMapping.tryMap(bytes + Region.HUGE_PAGE_BYTES).orElse(null);
        if (mapping == null) {
            return arena.allocate(bytes, Region.HUGE_PAGE_BYTES);
        }
        long start = io.vexel.base.Bytes.roundUp(mapping.address(), Region.HUGE_PAGE_BYTES);
        MemorySegment segment = MemorySegment.ofAddress(start).reinterpret(bytes, arena, _ -> mapping.unmap());
        MADVISE.ifPresent(madvise -> advise(madvise, segment));
        return segment;
    }

    private static void advise(MethodHandle madvise, MemorySegment segment) {
        try {
            int result = (int) madvise.invokeExact(segment, segment.byteSize(), MADV_HUGEPAGE);
            if (result != 0) {
                LOG.log(System.Logger.Level.DEBUG, "huge pages were not granted for {0} bytes", segment.byteSize());
            }
        } catch (Throwable e) {
            throw new LinkageError("madvise", e);
        }
    }

    private static Optional<MethodHandle> findMadvise() {
        return Linker.nativeLinker()
                .defaultLookup()
                .find("madvise")
                .map(symbol -> Linker.nativeLinker()
                        .downcallHandle(
                                symbol,
                                FunctionDescriptor.of(
                                        ValueLayout.JAVA_INT,
                                        ValueLayout.ADDRESS,
                                        ValueLayout.JAVA_LONG,
                                        ValueLayout.JAVA_INT)));
    }
}
