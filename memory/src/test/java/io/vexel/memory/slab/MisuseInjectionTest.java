package io.vexel.memory.slab;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.Bytes;
import io.vexel.memory.raw.RawMemory;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random use of caches with every debugging flag but guard pages, into which misuses of every kind are injected. Each must be reported, as what
 * it is and where it is, and nothing else may be: the fault model of ADR 0027.
 */
class MisuseInjectionTest {

    private static final int INJECTIONS = Boolean.getBoolean("vexel.deep") ? 250_000 : 5_000;
    private static final int VERIFY_EVERY = 40;
    private static final int MOST_LIVE = 60;
    private static final int ROUND = 500;

    /** What was injected and is not reported yet; misuses of memory are found later, those of handles at once. */
    private record Expected(Misuse.Kind kind, long handle) {}

    private record Object(SlabCache cache, long handle, long address) {}

    private final Map<Misuse.Kind, Integer> injected = new HashMap<>();
    private final List<Expected> pending = new ArrayList<>();
    private final List<Object> live = new ArrayList<>();
    private final List<Object> dead = new ArrayList<>();
    private Random random = new Random();
    private Fixture fixture = null;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void misuses_ofEveryKind_areAllReportedAndNothingElseIs(long seed) {
        random = new Random(seed);
        int count = 0;
        int leaks = 0;
        fixture = new Fixture(
                64 * Bytes.MIB, () -> false, options -> options.withSeed(seed).reportingMisusesTo(this::reported));
        try (Fixture open = fixture) {
            while (count < INJECTIONS) {
                List<SlabCache> caches = caches(open);
                for (int i = 0; i < ROUND; i++) {
                    step(caches);
                    inject(caches);
                    count++;
                    if (i % VERIFY_EVERY == 0) {
                        open.slabs.verify();
                        assertThat(pending).as("injected, not reported").isEmpty();
                    }
                }
                leaks += closeAll(caches);
                live.clear();
                dead.clear();
            }
        }
        assertThat(injected.keySet()).containsExactlyInAnyOrder(Misuse.Kind.values());
        assertThat(injected.values()).allMatch(each -> each > INJECTIONS / 20);
        assertThat(leaks).isPositive();
    }

    private List<SlabCache> caches(Fixture open) {
        List<SlabCache> caches = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            CacheSpec spec = CacheSpec.of("c" + i, 1 + random.nextInt(300))
                    .alignedTo(8 << random.nextInt(4))
                    .with(SlabFlag.POISON, SlabFlag.RED_ZONE, SlabFlag.STORE_USER);
            spec = random.nextBoolean() ? spec.with(SlabFlag.QUARANTINE) : spec;
            spec = random.nextBoolean() ? spec.with(SlabFlag.RANDOM_PLACE) : spec;
            caches.add(open.slabs.cache(spec));
        }
        return caches;
    }

    /** A correct step: nothing may be reported but what was injected before. */
    private void step(List<SlabCache> caches) {
        if (live.size() < MOST_LIVE && random.nextInt(100) < 55) {
            SlabCache cache = caches.get(random.nextInt(caches.size()));
            long handle = cache.allocate();
            cache.segment(handle).fill((byte) random.nextInt());
            live.add(new Object(cache, handle, cache.address(handle)));
        } else if (!live.isEmpty()) {
            free(live.get(random.nextInt(live.size())));
        }
        if (random.nextInt(200) == 0) {
            caches.get(random.nextInt(caches.size())).shrink(1 << 16);
        }
    }

    private void free(Object object) {
        live.remove(object);
        object.cache.free(object.handle);
        assertThat(pending).noneMatch(each -> each.handle == object.handle);
        dead.add(object);
        if (dead.size() > MOST_LIVE) {
            dead.removeFirst();
        }
    }

    private void inject(List<SlabCache> caches) {
        Misuse.Kind kind = Misuse.Kind.values()[random.nextInt(Misuse.Kind.values().length)];
        boolean done = switch (kind) {
            case DOUBLE_FREE -> withDead(object -> refused(kind, object, () -> object.cache.free(object.handle)));
            case USE_AFTER_FREE -> withDead(object -> refused(kind, object, () -> use(object.cache, object.handle)));
            case FOREIGN_HANDLE -> withLive(object -> foreign(caches, object));
            case OVERRUN ->
                withLive(object -> overwrite(
                        kind,
                        object,
                        object.address + object.cache.spec().objectBytes(),
                        SlotLayout.of(object.cache.spec()).tailBytes()));
            case UNDERRUN ->
                withLive(object -> {
                    int lead = SlotLayout.of(object.cache.spec()).leadBytes();
                    overwrite(kind, object, object.address - lead, lead);
                });
            case WRITE_AFTER_FREE -> withDead(this::writeAfterFree);
        };
        if (done) {
            injected.merge(kind, 1, Integer::sum);
        }
    }

    private void use(SlabCache cache, long handle) {
        if (random.nextBoolean()) {
            cache.address(handle);
        } else {
            cache.segment(handle);
        }
    }

    private boolean withLive(java.util.function.Consumer<Object> action) {
        if (live.isEmpty()) {
            return false;
        }
        action.accept(live.get(random.nextInt(live.size())));
        return true;
    }

    private boolean withDead(java.util.function.Consumer<Object> action) {
        if (dead.isEmpty()) {
            return false;
        }
        action.accept(dead.get(random.nextInt(dead.size())));
        return true;
    }

    private static void refused(Misuse.Kind kind, Object object, Runnable action) {
        try {
            action.run();
        } catch (MisuseException e) {
            assertThat(e.misuse().kind()).isEqualTo(kind);
            assertThat(e.misuse().handle()).isEqualTo(object.handle);
            return;
        }
        throw new AssertionError(kind + " of " + object + " was not seen");
    }

    /** A handle of another cache, one of another allocator, or bits at random. */
    private void foreign(List<SlabCache> caches, Object object) {
        SlabCache other = caches.get((caches.indexOf(object.cache) + 1 + random.nextInt(2)) % 3);
        long handle = random.nextBoolean() ? object.handle : random.nextLong();
        Object foreign = new Object(other, handle, 0);
        refused(Misuse.Kind.FOREIGN_HANDLE, foreign, () -> {
            if (random.nextBoolean()) {
                other.free(handle);
            } else {
                use(other, handle);
            }
        });
    }

    private void overwrite(Misuse.Kind kind, Object object, long from, int bytes) {
        Expected expected = new Expected(kind, object.handle);
        if (pending.contains(expected)) {
            return;
        }
        change(from, bytes);
        pending.add(expected);
    }

    private void writeAfterFree(Object object) {
        boolean reused = live.stream().anyMatch(each -> each.cache == object.cache && each.address == object.address);
        boolean known = pending.stream().anyMatch(each -> each.handle == object.handle);
        boolean latest = dead.stream()
                .filter(each -> each.address == object.address)
                .reduce((_, last) -> last)
                .orElseThrow()
                .equals(object);
        // The slab may have been given back; then the pages are somebody else's, which no check can know.
        if (!reused && !known && latest && object.cache.table().addressOfSlot((int) object.handle) == object.address) {
            change(object.address, object.cache.spec().objectBytes());
            pending.add(new Expected(Misuse.Kind.WRITE_AFTER_FREE, object.handle));
        }
    }

    /** Changes at least one byte of a range. */
    private void change(long from, int bytes) {
        int first = random.nextInt(bytes);
        int count = 1 + random.nextInt(bytes - first);
        for (int i = first; i < first + count; i++) {
            byte old = RawMemory.ALL.get(ValueLayout.JAVA_BYTE, from + i);
            RawMemory.ALL.set(ValueLayout.JAVA_BYTE, from + i, (byte) (old ^ (1 + random.nextInt(255))));
        }
    }

    private void reported(Misuse misuse) {
        assertThat(pending.remove(new Expected(misuse.kind(), misuse.handle())))
                .as("reported, not injected: %s", misuse)
                .isTrue();
        assertThat(misuse.allocatedAt()).startsWith("MisuseInjectionTest.step:");
        if (misuse.kind() == Misuse.Kind.WRITE_AFTER_FREE) {
            assertThat(misuse.freedAt()).startsWith("MisuseInjectionTest.free:");
        }
    }

    /** Closes the caches with what is in use there: the leaks must be that, and of the place that allocated it. */
    private int closeAll(List<SlabCache> caches) {
        int leaks = 0;
        for (SlabCache cache : caches) {
            long expected = live.stream().filter(each -> each.cache == cache).count();
            fixture.leaks.clear();
            cache.close();
            long reported =
                    fixture.leaks.stream().mapToLong(LeakReport::objects).sum();
            assertThat(reported).isEqualTo(expected);
            Set<String> places = fixture.leaks.stream()
                    .flatMap(report -> report.leaks().stream())
                    .map(leak -> leak.allocatedAt().replaceAll(":.*", ""))
                    .collect(Collectors.toSet());
            assertThat(places).isEqualTo(expected == 0 ? Set.of() : Set.of("MisuseInjectionTest.step"));
            leaks += (int) expected;
        }
        assertThat(pending).as("injected, not reported at close").isEmpty();
        return leaks;
    }
}
