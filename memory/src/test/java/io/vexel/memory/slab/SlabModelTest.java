package io.vexel.memory.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Caches against a naive twin, which knows of each object in use where it lies and what was written into it, and all handles that there were. */
class SlabModelTest {

    private static final int STEPS = Boolean.getBoolean("vexel.deep") ? 100_000 : 12_000;
    private static final int[] SIZES = {1, 8, 20, 64, 100, 528, 1000, 4096, 8192, 40_000};

    private record Live(SlabCache cache, long handle, long value, int bytes) {}

    /** Objects in use by address, so that two that overlap are seen. */
    private static final class Twin {
        final TreeMap<Long, Live> byAddress = new TreeMap<>();
        final List<Live> live = new ArrayList<>();
        final List<Live> dead = new ArrayList<>();

        void add(long address, Live object) {
            var before = byAddress.floorEntry(address);
            var after = byAddress.ceilingEntry(address);
            if (before != null && before.getKey() + before.getValue().bytes > address
                    || after != null && address + object.bytes > after.getKey()) {
                throw new AssertionError(object + " at " + address + " lies over " + before + " or " + after);
            }
            byAddress.put(address, object);
            live.add(object);
        }

        Live remove(Random random) {
            Live object = live.get(random.nextInt(live.size()));
            live.set(live.indexOf(object), live.getLast());
            live.removeLast();
            byAddress.values().remove(object);
            dead.add(object);
            return object;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void allocateAndFree_randomly_agreeWithTheTwin(long seed) {
        Random random = new Random(seed);
        SlabFlag[] flags = seed % 4 == 0
                ? new SlabFlag[] {SlabFlag.POISON, SlabFlag.RED_ZONE, SlabFlag.QUARANTINE}
                : seed % 4 == 1 ? new SlabFlag[] {SlabFlag.RANDOM_PLACE} : new SlabFlag[0];
        try (Fixture fixture = new Fixture(flags)) {
            List<SlabCache> caches = new ArrayList<>();
            List<Magazine> magazines = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                int bytes = SIZES[random.nextInt(SIZES.length)];
                SlabCache cache =
                        fixture.slabs.cache(CacheSpec.of("c" + i, bytes).alignedTo(8 << random.nextInt(4)));
                caches.add(cache);
                magazines.add(cache.magazine());
                magazines.add(cache.magazine());
            }
            Twin twin = new Twin();
            for (int step = 0; step < STEPS; step++) {
                boolean allocate = random.nextInt(100) < (step / 2000 % 2 == 0 ? 60 : 40);
                if (allocate && twin.live.size() < 3000) {
                    allocate(twin, random, caches, magazines);
                } else if (!twin.live.isEmpty()) {
                    free(twin, random, magazines);
                }
                if (step % 500 == 0) {
                    check(twin, random, caches);
                    caches.get(random.nextInt(3)).shrink(random.nextInt(1 << 20));
                }
            }
            while (!twin.live.isEmpty()) {
                free(twin, random, magazines);
            }
            check(twin, random, caches);
            magazines.forEach(Magazine::close);
            for (SlabCache cache : caches) {
                cache.shrink(Long.MAX_VALUE);
                assertThat(cache.statistics().slabs().total()).as(cache.name()).isZero();
            }
            assertThat(fixture.misuses).isEmpty();
            fixture.slabs.close();
            assertThat(fixture.leaks).isEmpty();
        }
    }

    private static void allocate(Twin twin, Random random, List<SlabCache> caches, List<Magazine> magazines) {
        int which = random.nextInt(magazines.size());
        SlabCache cache = caches.get(which / 2);
        long handle = random.nextBoolean() ? magazines.get(which).allocate() : cache.allocate();
        MemorySegment object = cache.segment(handle);
        assertThat(object.byteSize()).isEqualTo(cache.spec().objectBytes());
        assertThat(object.address()).isEqualTo(cache.address(handle));
        assertThat(object.address() % cache.spec().alignment()).isZero();
        Live live = new Live(cache, handle, random.nextLong(), (int) object.byteSize());
        fill(object, live.value);
        twin.add(object.address(), live);
    }

    private static void fill(MemorySegment object, long value) {
        for (long i = 0; i < object.byteSize(); i++) {
            object.set(ValueLayout.JAVA_BYTE, i, (byte) (value >>> (i & 7)));
        }
    }

    private static void free(Twin twin, Random random, List<Magazine> magazines) {
        Live object = twin.remove(random);
        MemorySegment segment = object.cache.segment(object.handle);
        for (long i = 0; i < segment.byteSize(); i++) {
            if (segment.get(ValueLayout.JAVA_BYTE, i) != (byte) (object.value >>> (i & 7))) {
                throw new AssertionError("byte " + i + " of " + object + " changed");
            }
        }
        Magazine magazine = magazines.get(random.nextInt(magazines.size()));
        if (random.nextBoolean() && magazine.cache() == object.cache) {
            magazine.free(object.handle);
        } else {
            object.cache.free(object.handle);
        }
    }

    private static void check(Twin twin, Random random, List<SlabCache> caches) {
        for (SlabCache cache : caches) {
            long expected =
                    twin.live.stream().filter(each -> each.cache == cache).count();
            assertThat(cache.used().objects()).isEqualTo(expected);
            assertThat(cache.statistics().objects().active()).isEqualTo(expected);
        }
        for (Live each : twin.live) {
            assertThat(each.cache.isUsed(each.handle)).isTrue();
        }
        for (int i = 0; i < 20 && !twin.dead.isEmpty(); i++) {
            Live gone = twin.dead.get(random.nextInt(twin.dead.size()));
            assertThat(gone.cache.isUsed(gone.handle)).isFalse();
            assertThatThrownBy(() -> gone.cache.free(gone.handle)).isInstanceOf(MisuseException.class);
            assertThatThrownBy(() -> gone.cache.address(gone.handle)).isInstanceOf(MisuseException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void generalAllocator_randomSizes_agreesWithTheTwin(long seed) {
        Random random = new Random(seed);
        try (Fixture fixture = new Fixture();
                GeneralAllocator general = new GeneralAllocator(fixture.slabs)) {
            TreeMap<Long, Long> ends = new TreeMap<>();
            List<long[]> live = new ArrayList<>();
            try (GeneralMagazines magazines = general.magazines()) {
                for (int step = 0; step < STEPS / 4; step++) {
                    if (live.size() < 200 && random.nextInt(100) < 55) {
                        long bytes = 1 + (long) Math.pow(1 << 17, random.nextDouble());
                        long handle = random.nextBoolean() ? magazines.allocate(bytes) : general.allocate(bytes);
                        MemorySegment segment = general.segment(handle);
                        assertThat(segment.byteSize()).isBetween(bytes, Math.max(64, bytes + bytes / 4) + 4096);
                        long from = segment.address();
                        assertThat(ends.headMap(from + bytes).isEmpty()
                                        || ends.headMap(from + bytes)
                                                        .lastEntry()
                                                        .getValue()
                                                <= from)
                                .as("overlaps")
                                .isTrue();
                        ends.put(from, from + bytes);
                        segment.asSlice(0, bytes).fill((byte) handle);
                        live.add(new long[] {handle, bytes, from});
                    } else if (!live.isEmpty()) {
                        long[] gone = live.remove(random.nextInt(live.size()));
                        MemorySegment segment = general.segment(gone[0]).asSlice(0, gone[1]);
                        for (long i = 0; i < gone[1]; i += 97) {
                            assertThat(segment.get(ValueLayout.JAVA_BYTE, i)).isEqualTo((byte) gone[0]);
                        }
                        ends.remove(gone[2]);
                        switch (random.nextInt(3)) {
                            case 0 -> magazines.free(gone[0], gone[1]);
                            case 1 -> general.free(gone[0], gone[1]);
                            default -> general.free(gone[0]);
                        }
                        assertThatThrownBy(() -> general.free(gone[0])).isInstanceOf(MisuseException.class);
                    }
                }
            }
            live.forEach(each -> general.free(each[0]));
            assertThat(fixture.slabs.used().isEmpty()).isTrue();
        }
    }

    @org.junit.jupiter.api.Test
    void sizeClasses_everySize_isTheFirstThatIsLargeEnough() {
        for (int bytes = 1; bytes <= SizeClasses.MOST_BYTES; bytes++) {
            int found = SizeClasses.of(bytes);
            assertThat(SizeClasses.bytes(found)).isGreaterThanOrEqualTo(bytes);
            if (found > 0) {
                assertThat(SizeClasses.bytes(found - 1)).isLessThan(bytes);
            }
        }
        assertThat(SizeClasses.of(SizeClasses.MOST_BYTES)).isEqualTo(SizeClasses.COUNT - 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 9, 64, 65, 513, 528, 1000, 3000, 4096, 5000, 8192, 10_000, 100_000, 262_144})
    void layout_ofAnySize_wastesLittleAndOverlapsNothing(int bytes) {
        for (Set<SlabFlag> flags : List.of(
                Set.<SlabFlag>of(), Set.of(SlabFlag.RED_ZONE), Set.of(SlabFlag.GUARD_PAGE, SlabFlag.RED_ZONE))) {
            CacheSpec spec = new CacheSpec("layout", bytes, 8, flags, java.util.Optional.empty());
            SlotLayout layout = SlotLayout.of(spec);
            assertThat(layout.firstSlot(0) + (long) layout.objects() * layout.slotBytes())
                    .isLessThanOrEqualTo(layout.slabBytes());
            for (int slab = 0; slab < 100; slab++) {
                assertThat(layout.firstSlot(slab) + (long) layout.objects() * layout.slotBytes())
                        .isLessThanOrEqualTo(layout.slabBytes());
            }
            assertThat(layout.objects()).isLessThanOrEqualTo(1 << layout.shift());
            assertThat(1 << layout.shift()).isLessThanOrEqualTo(SlotTable.PAGE_SLOTS);
            if (!flags.contains(SlabFlag.GUARD_PAGE)) {
                assertThat(layout.slabBytes() - (long) layout.objects() * layout.slotBytes())
                        .as("waste of %s", layout)
                        .isLessThanOrEqualTo(layout.slabBytes() / 5);
            }
        }
    }
}
