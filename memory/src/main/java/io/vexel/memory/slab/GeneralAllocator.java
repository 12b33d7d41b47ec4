package io.vexel.memory.slab;

import io.vexel.base.Checks;
import io.vexel.memory.zone.PageAllocator;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Memory of any size: up to 8 KiB an object of the next of 36 sizes, beyond that whole pages, as many as are needed. Memory of either kind is
 * named by a handle, as an object of a cache is.
 *
 * <p>Safe for use by any thread; threads of the engine hold a {@link GeneralMagazines} each.
 */
public final class GeneralAllocator implements AutoCloseable {

    /** The largest object; what is larger takes whole pages. */
    public static final int MAX_OBJECT_BYTES = SizeClasses.MOST_BYTES;

    /** The largest alignment. */
    public static final int MAX_ALIGNMENT = PageAllocator.PAGE_BYTES;

    private final SlabCache[] caches = new SlabCache[SizeClasses.COUNT];
    private final @Nullable SlabCache[] byNumber = new SlabCache[SlabAllocator.MAX_CACHES + 2];
    private final LargeBlocks large;

    /** @param allocator stays open until this is closed */
    public GeneralAllocator(SlabAllocator allocator) {
        for (int i = 0; i < caches.length; i++) {
            int bytes = SizeClasses.bytes(i);
            int alignment = Math.min(Integer.lowestOneBit(bytes), MAX_ALIGNMENT);
            caches[i] = allocator.cache(
                    CacheSpec.of("size-" + bytes, bytes).alignedTo(alignment).with(SlabFlag.MERGE));
            byNumber[caches[i].table().cache()] = caches[i];
        }
        this.large = allocator.newLargeBlocks();
    }

    /**
     * Allocates memory of undefined contents, aligned to 8, and to 4 KiB beyond {@link #MAX_OBJECT_BYTES}.
     *
     * @param bytes at least 1
     * @return handle
     * @throws io.vexel.base.CapacityException when there is no memory after everything that could be reclaimed was
     */
    public long allocate(long bytes) {
        return isLarge(bytes) ? large.allocate(bytes) : cacheFor(bytes).allocate();
    }

    static boolean isLarge(long bytes) {
        return Checks.inRange("bytes", bytes, 1, LargeBlocks.MOST_BYTES) > MAX_OBJECT_BYTES;
    }

    private SlabCache cacheFor(long bytes) {
        return caches[SizeClasses.of((int) bytes)];
    }

    /** As {@link #allocate}, and zeroed. */
    public long allocateZeroed(long bytes) {
        long handle = allocate(bytes);
        segment(handle).fill((byte) 0);
        return handle;
    }

    /**
     * As {@link #allocate}, aligned.
     *
     * @param alignment a power of two, 8..{@link #MAX_ALIGNMENT}
     */
    public long allocateAligned(long bytes, int alignment) {
        return allocate(alignedBytes(bytes, alignment));
    }

    /** The least bytes from these on whose objects are aligned so. */
    static long alignedBytes(long bytes, int alignment) {
        Checks.powerOfTwo("alignment", alignment, CacheSpec.LEAST_ALIGNMENT, MAX_ALIGNMENT);
        if (isLarge(bytes)) {
            return bytes;
        }
        int sizeClass = SizeClasses.of((int) bytes);
        while (SizeClasses.bytes(sizeClass) % alignment != 0) {
            sizeClass++;
        }
        return SizeClasses.bytes(sizeClass);
    }

    /**
     * Frees memory.
     *
     * @throws MisuseException when the handle is not of memory in use
     */
    public void free(long handle) {
        if (LargeBlocks.isLarge(handle)) {
            large.free(handle);
        } else {
            cacheOf(handle).free(handle);
        }
    }

    /**
     * As {@link #free}, and faster.
     *
     * @param bytes as it was allocated with
     */
    public void free(long handle, long bytes) {
        if (isLarge(bytes)) {
            large.free(handle);
        } else {
            cacheFor(bytes).free(handle);
        }
    }

    private SlabCache cacheOf(long handle) {
        SlabCache cache = byNumber[SlotTable.cacheOf(handle)];
        if (cache == null) {
            throw new MisuseException(new Misuse(Misuse.Kind.FOREIGN_HANDLE, "general", handle, "", ""));
        }
        return cache;
    }

    /** As {@link SlabCache#address}. */
    public long address(long handle) {
        return LargeBlocks.isLarge(handle)
                ? large.segment(handle).address()
                : cacheOf(handle).address(handle);
    }

    /**
     * The memory, at least as long as asked for: an object of its size, or as many pages as were needed. All of it may be used. With {@link
     * SlabFlag#RED_ZONE} for the whole allocator, that beyond {@link #MAX_OBJECT_BYTES} is exactly as long.
     */
    public MemorySegment segment(long handle) {
        return LargeBlocks.isLarge(handle)
                ? large.segment(handle)
                : cacheOf(handle).segment(handle);
    }

    /** The cache of a size. */
    SlabCache cache(int sizeClass) {
        return caches[sizeClass];
    }

    LargeBlocks large() {
        return large;
    }

    /** Magazines for the calling thread. */
    public GeneralMagazines magazines() {
        return new GeneralMagazines(this);
    }

    /** Closes its caches and gives large blocks back; what is in use is reported as leaks. */
    @Override
    public void close() {
        for (SlabCache cache : caches) {
            cache.close();
        }
        large.close();
    }
}
