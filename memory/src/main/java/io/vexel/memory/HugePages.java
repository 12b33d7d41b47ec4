package io.vexel.memory;

import io.vexel.base.Bytes;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** Memory aligned to 2 MiB for which the system was asked to use huge pages; ordinary pages where it will not. */
final class HugePages {

    private static final int PAGE_BYTES = 4096;
    private static final int MADV_DONTNEED = 4;
    private static final int MADV_HUGEPAGE = 14;
    private static final int MADV_NOHUGEPAGE = 15;
    private static final int MADV_COLLAPSE = 25;
    private static final System.Logger LOG = System.getLogger(HugePages.class.getName());
    private static final Optional<MethodHandle> MADVISE = findMadvise();
    /** Of the system: 4 KiB, or more on some machines. */
    private static final long SYSTEM_PAGE_BYTES = systemPageBytes();

    private HugePages() {}

    /** Maps zeroed memory in the arena. The advice comes before the pages are touched, so they can be huge from the start. */
    static MemorySegment map(Arena arena, long bytes) {
        AnonymousMapping mapping =
                AnonymousMapping.tryMap(bytes + Region.HUGE_PAGE_BYTES).orElse(null);
        if (mapping == null) {
            return arena.allocate(bytes, Region.HUGE_PAGE_BYTES);
        }
        long start = Bytes.roundUp(mapping.address(), Region.HUGE_PAGE_BYTES);
        MemorySegment segment = MemorySegment.ofAddress(start).reinterpret(bytes, arena, _ -> mapping.unmap());
        if (!advise(segment, MADV_HUGEPAGE)) {
            LOG.log(System.Logger.Level.DEBUG, "huge pages were not granted for {0} bytes", bytes);
        }
        return segment;
    }

    /** Maps zeroed memory in the arena that shares no page with other memory and that nobody has touched, in whole pages of 4 KiB. */
    static MemorySegment mapPages(Arena arena, long bytes) {
        return AnonymousMapping.tryMap(bytes)
                .map(mapping ->
                        MemorySegment.ofAddress(mapping.address()).reinterpret(bytes, arena, _ -> mapping.unmap()))
                .orElseGet(() -> arena.allocate(bytes, PAGE_BYTES));
    }

    /**
     * Reserves addresses in the arena; pages are zeroed and take memory when they are touched. Where the system cannot, the memory is
     * allocated at once.
     */
    static MemorySegment reserve(Arena arena, long bytes) {
        long reserved = bytes;
        // A system that counts addresses may refuse a large range and grant a smaller one.
        while (reserved > Region.HUGE_PAGE_BYTES
                && AnonymousMapping.supported()
                && !AnonymousMapping.wouldMap(reserved + Region.HUGE_PAGE_BYTES)) {
            reserved = Bytes.roundUp(reserved / 2, Region.HUGE_PAGE_BYTES);
        }
        return map(arena, reserved);
    }

    /** Small pages for a part that is filled little by little, so that it takes no more memory than was touched. */
    static void small(MemorySegment part) {
        boolean _ = AnonymousMapping.supported() && advise(part, MADV_NOHUGEPAGE);
    }

    /** Huge pages for a part that is not touched yet. */
    static void huge(MemorySegment part) {
        boolean _ = AnonymousMapping.supported() && advise(part, MADV_HUGEPAGE);
    }

    /**
     * Puts huge pages in the place of the small ones that a part was filled in, at once where the system can (Linux 6.1), else when the
     * system comes to it. Others may read and write the part meanwhile.
     */
    static void collapse(MemorySegment part) {
        huge(part);
        boolean _ = AnonymousMapping.supported() && advise(part, MADV_COLLAPSE);
    }

    /** Gives the memory of a part back to the system; it reads as zeros afterwards. Where the system cannot, it is only zeroed. */
    static void discard(MemorySegment part) {
        if (!AnonymousMapping.supported()
                || !isOfWholePages(part.address(), part.byteSize(), SYSTEM_PAGE_BYTES)
                || !advise(part, MADV_DONTNEED)) {
            part.fill((byte) 0);
        }
    }

    /** Whether a part is all of some pages. The system takes all of a page of which it is given the first bytes, with what is behind them. */
    static boolean isOfWholePages(long address, long bytes, long pageBytes) {
        return address % pageBytes == 0 && bytes % pageBytes == 0;
    }

    private static long systemPageBytes() {
        Optional<MethodHandle> pageSize = Linker.nativeLinker()
                .defaultLookup()
                .find("getpagesize")
                .map(symbol ->
                        Linker.nativeLinker().downcallHandle(symbol, FunctionDescriptor.of(ValueLayout.JAVA_INT)));
        try {
            return pageSize.isPresent() ? (int) pageSize.get().invokeExact() : PAGE_BYTES;
        } catch (Throwable e) {
            throw new LinkageError("getpagesize", e);
        }
    }

    private static boolean advise(MemorySegment segment, int advice) {
        if (MADVISE.isEmpty()) {
            return false;
        }
        try {
            return (int) MADVISE.get().invokeExact(segment, segment.byteSize(), advice) == 0;
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
