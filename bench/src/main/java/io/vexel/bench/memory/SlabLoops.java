package io.vexel.bench.memory;

import io.vexel.memory.slab.Magazine;
import io.vexel.memory.slab.SlabCache;

/** Loops over a cache of objects. */
final class SlabLoops {

    private SlabLoops() {}

    /** Through a magazine, as threads of the engine do. */
    static final class Own extends PairLoop {

        private final Magazine magazine;
        private final long[] live = new long[LIVE];

        Own(SlabCache cache) {
            magazine = cache.magazine();
            for (int i = 0; i < LIVE; i++) {
                live[i] = magazine.allocate();
            }
        }

        @Override
        long run(int pairs) {
            Magazine magazine = this.magazine;
            long[] live = this.live;
            long state = seed();
            for (int i = 0; i < pairs; i++) {
                state = next(state);
                int victim = victim(state);
                magazine.free(live[victim]);
                live[victim] = magazine.allocate();
            }
            return state;
        }

        @Override
        public void close() {
            for (long handle : live) {
                magazine.free(handle);
            }
            magazine.close();
        }
    }

    /** The same, and asks for the address of each new object, which checks its handle once more. */
    static final class Addressed extends PairLoop {

        private final SlabCache cache;
        private final Magazine magazine;
        private final long[] live = new long[LIVE];

        Addressed(SlabCache cache) {
            this.cache = cache;
            magazine = cache.magazine();
            for (int i = 0; i < LIVE; i++) {
                live[i] = magazine.allocate();
            }
        }

        @Override
        long run(int pairs) {
            SlabCache cache = this.cache;
            Magazine magazine = this.magazine;
            long[] live = this.live;
            long state = seed();
            long sum = 0;
            for (int i = 0; i < pairs; i++) {
                state = next(state);
                int victim = victim(state);
                magazine.free(live[victim]);
                long handle = magazine.allocate();
                sum += cache.address(handle);
                live[victim] = handle;
            }
            return sum;
        }

        @Override
        public void close() {
            for (long handle : live) {
                magazine.free(handle);
            }
            magazine.close();
        }
    }

    /** As threads without a magazine do. */
    static final class Shared extends PairLoop {

        private final SlabCache cache;
        private final long[] live = new long[LIVE];

        Shared(SlabCache cache) {
            this.cache = cache;
            for (int i = 0; i < LIVE; i++) {
                live[i] = cache.allocate();
            }
        }

        @Override
        long run(int pairs) {
            SlabCache cache = this.cache;
            long[] live = this.live;
            long state = seed();
            for (int i = 0; i < pairs; i++) {
                state = next(state);
                int victim = victim(state);
                cache.free(live[victim]);
                live[victim] = cache.allocate();
            }
            return state;
        }

        @Override
        public void close() {
            for (long handle : live) {
                cache.free(handle);
            }
        }
    }
}
