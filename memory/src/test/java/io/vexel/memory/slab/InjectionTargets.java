package io.vexel.memory.slab;

import io.vexel.base.Bytes;
import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageOwner;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What gives memory that can be misused: caches, a pool, large blocks, pages. */
final class InjectionTargets {

    private InjectionTargets() {}

    /** One of them. */
    interface Target {

        long allocate();

        void free(long handle);

        long address(long handle);

        /** Uses a handle in another way, or the same where there is no other. */
        default void use(long handle) {
            address(handle);
        }

        /** Bytes of memory in use, and of the red zones before and behind it. */
        int bytes(long handle);

        int leadBytes();

        int tailBytes(long handle);

        /** Whether what was written into freed memory at an address can still be found. */
        boolean isWatched(long handle, long address);

        /** Whether wrong writes are found at all. */
        default boolean findsWrites() {
            return true;
        }

        void close(List<Long> inUse);

        default boolean reportsLeaks() {
            return true;
        }

        /** Makes it give memory back. */
        default void shrink() {}
    }

    static List<Target> make(Fixture fixture, PageOwner pageOwner, Random random) {
        List<Target> targets = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            targets.add(new OfCache(fixture.slabs.cache(spec("c" + i, random))));
        }
        targets.add(new OfPool(fixture.slabs.cache(spec("pool", random)), random));
        targets.add(new OfLarge(new GeneralAllocator(fixture.slabs), random));
        targets.add(new OfPages(fixture.pages, pageOwner, random));
        return targets;
    }

    private static CacheSpec spec(String name, Random random) {
        CacheSpec spec = CacheSpec.of(name, 1 + random.nextInt(300))
                .alignedTo(8 << random.nextInt(4))
                .with(SlabFlag.POISON, SlabFlag.RED_ZONE, SlabFlag.STORE_USER);
        spec = random.nextBoolean() ? spec.with(SlabFlag.QUARANTINE) : spec;
        return random.nextBoolean() ? spec.with(SlabFlag.RANDOM_PLACE) : spec;
    }

    /** Objects of a cache. */
    private static class OfCache implements Target {
        final SlabCache cache;

        OfCache(SlabCache cache) {
            this.cache = cache;
        }

        @Override
        public long allocate() {
            return cache.allocate();
        }

        @Override
        public void free(long handle) {
            cache.free(handle);
        }

        @Override
        public long address(long handle) {
            return cache.address(handle);
        }

        @Override
        public void use(long handle) {
            cache.segment(handle);
        }

        @Override
        public int bytes(long handle) {
            return cache.spec().objectBytes();
        }

        @Override
        public int leadBytes() {
            return SlotLayout.of(cache.spec()).leadBytes();
        }

        @Override
        public int tailBytes(long handle) {
            return SlotLayout.of(cache.spec()).tailBytes();
        }

        /** The slab may have been given back; then the pages are somebody else's, which no check can know. */
        @Override
        public boolean isWatched(long handle, long address) {
            return cache.table().addressOfSlot((int) handle) == address;
        }

        @Override
        public void close(List<Long> inUse) {
            cache.close();
        }

        @Override
        public void shrink() {
            cache.shrink(1 << 16);
        }
    }

    /** Objects of a pool, some of which it keeps. */
    private static final class OfPool extends OfCache {
        private final ObjectPool pool;

        OfPool(SlabCache cache, Random random) {
            super(cache);
            pool = new ObjectPool(cache, random.nextInt(5), 8);
        }

        @Override
        public long allocate() {
            return pool.allocate();
        }

        @Override
        public void free(long handle) {
            pool.free(handle);
        }

        @Override
        public void close(List<Long> inUse) {
            pool.close();
            cache.close();
        }
    }

    /** Blocks beyond 8 KiB. */
    private static final class OfLarge implements Target {
        private final GeneralAllocator general;
        private final Random random;

        OfLarge(GeneralAllocator general, Random random) {
            this.general = general;
            this.random = random;
        }

        @Override
        public long allocate() {
            return general.allocate(GeneralAllocator.MAX_OBJECT_BYTES + 1 + random.nextInt(20_000));
        }

        @Override
        public void free(long handle) {
            general.free(handle);
        }

        @Override
        public long address(long handle) {
            return general.address(handle);
        }

        @Override
        public void use(long handle) {
            general.segment(handle);
        }

        @Override
        public int bytes(long handle) {
            return (int) general.segment(handle).byteSize();
        }

        @Override
        public int leadBytes() {
            return PageAllocator.PAGE_BYTES;
        }

        @Override
        public int tailBytes(long handle) {
            int bytes = bytes(handle);
            return (int) Bytes.roundUp(bytes + 8L, PageAllocator.PAGE_BYTES) - bytes;
        }

        @Override
        public boolean isWatched(long handle, long address) {
            return general.large().isHeld(handle);
        }

        @Override
        public void close(List<Long> inUse) {
            general.close();
        }

        @Override
        public void shrink() {
            general.large().shrink(1 << 16);
        }
    }

    /** Pages, whose handles are looked at and whose memory is not. */
    private static final class OfPages implements Target {
        private final PageAllocator pages;
        private final PageOwner owner;
        private final Random random;

        OfPages(PageAllocator pages, PageOwner owner, Random random) {
            this.pages = pages;
            this.owner = owner;
            this.random = random;
        }

        @Override
        public long allocate() {
            return pages.allocate(owner, random.nextInt(3));
        }

        @Override
        public void free(long handle) {
            pages.free(handle);
        }

        @Override
        public long address(long handle) {
            return pages.address(handle);
        }

        @Override
        public void use(long handle) {
            pages.segment(handle);
        }

        @Override
        public int bytes(long handle) {
            return (int) pages.segment(handle).byteSize();
        }

        @Override
        public int leadBytes() {
            return 0;
        }

        @Override
        public int tailBytes(long handle) {
            return 0;
        }

        @Override
        public boolean isWatched(long handle, long address) {
            return false;
        }

        @Override
        public boolean findsWrites() {
            return false;
        }

        @Override
        public void close(List<Long> inUse) {
            inUse.forEach(pages::free);
        }

        @Override
        public boolean reportsLeaks() {
            return false;
        }
    }
}
