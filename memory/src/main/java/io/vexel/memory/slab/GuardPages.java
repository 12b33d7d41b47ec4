package io.vexel.memory.slab;

import io.vexel.memory.PageAccess;
import io.vexel.memory.zone.PageAllocator;

/** Which pages of a cache with {@link SlabFlag#GUARD_PAGE} can be touched; does nothing for other caches. A slab there is one object. */
final class GuardPages {

    private final boolean used;
    private final PageAllocator pages;

    GuardPages(CacheSpec spec, PageAllocator pages) {
        this.used = spec.has(SlabFlag.GUARD_PAGE);
        this.pages = pages;
    }

    /** The object can be touched, and the page behind it not. */
    void open(Slab slab) {
        protect(slab, slab.memory.byteSize() - PageAllocator.PAGE_BYTES, PageAccess.READ_WRITE);
    }

    /** Nobody can touch the object. */
    void close(Slab slab) {
        protect(slab, slab.memory.byteSize(), PageAccess.NONE);
    }

    /** All pages can be touched again, before they go. */
    void end(Slab slab) {
        protect(slab, slab.memory.byteSize(), PageAccess.READ_WRITE);
    }

    private void protect(Slab slab, long bytes, PageAccess access) {
        if (used) {
            pages.protect(slab.page, bytes, access);
        }
    }
}
