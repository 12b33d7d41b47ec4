package io.vexel.memory.slab;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.Bytes;
import io.vexel.memory.raw.RawMemory;
import io.vexel.memory.slab.InjectionTargets.Target;
import io.vexel.memory.zone.PageOwner;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random use of caches, a pool, large blocks and pages with every debugging flag but guard pages, into which misuses of every kind are injected.
 * Each must be reported, as what it is and where it is, and nothing else may be: the fault model of ADR 0027.
 */
class MisuseInjectionTest {

    /** For each of four seeds. */
    private static final int INJECTIONS = Boolean.getBoolean("vexel.deep") ? 250_000 : 5_000;

    private static final int VERIFY_EVERY = 40;
    private static final int MOST_LIVE = 60;
    private static final int ROUND = 500;

    /** What was injected and is not reported yet; misuses of memory are found later, those of handles at once. */
    private record Expected(Misuse.Kind kind, long handle) {}

    private record Object(Target target, long handle, long address, int bytes) {}

    private final Map<Misuse.Kind, Integer> injected = new HashMap<>();
    private final Map<String, Integer> injectedInto = new HashMap<>();
    private final List<Expected> pending = new ArrayList<>();
    private final List<Object> live = new ArrayList<>();
    private final List<Object> dead = new ArrayList<>();
    private int reports;
    private Random random = new Random();
    private Fixture fixture = null;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void misuses_ofEveryKind_areAllReportedAndNothingElseIs(long seed) {
        random = new Random(seed);
        int count = 0;
        int leaks = 0;
        fixture = new Fixture(
                64 * Bytes.MIB,
                () -> false,
                options -> options.withSeed(seed)
                        .debuggingWith(Set.of(SlabFlag.POISON, SlabFlag.RED_ZONE, SlabFlag.STORE_USER))
                        .reportingMisusesTo(this::reported));
        try (Fixture open = fixture) {
            PageOwner pages = open.pages.register(PageOwner.Terms.unmovable("rows"));
            while (count < INJECTIONS) {
                List<Target> targets = InjectionTargets.make(open, pages, random);
                for (int i = 0; i < ROUND; i++) {
                    step(targets);
                    count += inject(targets) ? 1 : 0;
                    if (i % VERIFY_EVERY == 0) {
                        open.slabs.verify();
                        assertThat(pending).as("injected, not reported").isEmpty();
                    }
                }
                leaks += closeAll(targets);
                live.clear();
                dead.clear();
            }
        }
        assertThat(injected.keySet()).containsExactlyInAnyOrder(Misuse.Kind.values());
        assertThat(injected.values().stream().mapToInt(Integer::intValue).sum())
                .as("made, every one")
                .isEqualTo(count)
                .isGreaterThanOrEqualTo(INJECTIONS);
        assertThat(reports).as("of those, reported").isEqualTo(count);
        assertThat(injected.values()).allMatch(each -> each > INJECTIONS / 20);
        assertThat(injectedInto)
                .hasSize(4)
                .allSatisfy((_, each) -> assertThat(each).isGreaterThan(INJECTIONS / 20));
        assertThat(leaks).isPositive();
        System.out.printf(
                "seed %d: %d misuses made and reported: %s; into %s; %d leaks%n",
                seed, count, new TreeMap<>(injected), new TreeMap<>(injectedInto), leaks);
    }

    /** A correct step: nothing may be reported but what was injected before. */
    private void step(List<Target> targets) {
        if (live.size() < MOST_LIVE && random.nextInt(100) < 55) {
            Target target = targets.get(random.nextInt(targets.size()));
            long handle = target.allocate();
            Object object = new Object(target, handle, target.address(handle), target.bytes(handle));
            RawMemory.ALL.asSlice(object.address, object.bytes).fill((byte) random.nextInt());
            live.add(object);
        } else if (!live.isEmpty()) {
            free(live.get(random.nextInt(live.size())));
        }
        if (random.nextInt(200) == 0) {
            targets.get(random.nextInt(targets.size())).shrink();
        }
    }

    private void free(Object object) {
        live.remove(object);
        object.target.free(object.handle);
        if (object.target.findsWrites()) {
            assertThat(pending).noneMatch(each -> each.handle == object.handle);
        }
        dead.add(object);
        if (dead.size() > MOST_LIVE) {
            dead.removeFirst();
        }
    }

    /** Whether a misuse was made; there may be nothing to make it with. */
    private boolean inject(List<Target> targets) {
        Misuse.Kind kind = Misuse.Kind.values()[random.nextInt(Misuse.Kind.values().length)];
        return switch (kind) {
            case DOUBLE_FREE ->
                with(dead, _ -> true, object -> refused(kind, object, () -> object.target.free(object.handle)));
            case USE_AFTER_FREE ->
                with(dead, _ -> true, object -> refused(kind, object, () -> use(object.target, object.handle)));
            case FOREIGN_HANDLE -> with(live, _ -> true, object -> foreign(targets, object));
            case OVERRUN ->
                with(
                        live,
                        each -> each.target.findsWrites(),
                        object -> overwrite(
                                kind, object, object.address + object.bytes, object.target.tailBytes(object.handle)));
            case UNDERRUN ->
                with(
                        live,
                        each -> each.target.findsWrites(),
                        object -> overwrite(
                                kind, object, object.address - object.target.leadBytes(), object.target.leadBytes()));
            case WRITE_AFTER_FREE -> with(dead, each -> each.target.findsWrites(), this::writeAfterFree);
        };
    }

    private void use(Target target, long handle) {
        if (random.nextBoolean()) {
            target.address(handle);
        } else {
            target.use(handle);
        }
    }

    private boolean with(List<Object> objects, Predicate<Object> fit, Predicate<Object> injection) {
        List<Object> fitting = objects.stream().filter(fit).toList();
        return !fitting.isEmpty() && injection.test(fitting.get(random.nextInt(fitting.size())));
    }

    private boolean refused(Misuse.Kind kind, Object object, Runnable action) {
        count(kind, object);
        try {
            action.run();
        } catch (MisuseException e) {
            assertThat(e.misuse().kind()).isEqualTo(kind);
            assertThat(e.misuse().handle()).isEqualTo(object.handle);
            reports++;
            return true;
        } catch (IllegalStateException | IllegalArgumentException e) {
            assertThat(object.target.findsWrites())
                    .as("%s of %s: %s", kind, object, e)
                    .isFalse();
            reports++;
            return true;
        }
        throw new AssertionError(kind + " of " + object + " was not seen");
    }

    private void count(Misuse.Kind kind, Object object) {
        injected.merge(kind, 1, Integer::sum);
        injectedInto.merge(object.target.getClass().getSimpleName(), 1, Integer::sum);
    }

    /** A handle of another target, or bits at random. */
    private boolean foreign(List<Target> targets, Object object) {
        int own = targets.indexOf(object.target);
        Target other = targets.get((own + 1 + random.nextInt(targets.size() - 1)) % targets.size());
        long handle = random.nextBoolean() ? object.handle : random.nextLong();
        return refused(Misuse.Kind.FOREIGN_HANDLE, new Object(other, handle, 0, 0), () -> {
            if (random.nextBoolean()) {
                other.free(handle);
            } else {
                use(other, handle);
            }
        });
    }

    private boolean overwrite(Misuse.Kind kind, Object object, long from, int bytes) {
        Expected expected = new Expected(kind, object.handle);
        if (pending.contains(expected)) {
            return false;
        }
        count(kind, object);
        change(from, bytes);
        pending.add(expected);
        return true;
    }

    private boolean writeAfterFree(Object object) {
        boolean reused = live.stream().anyMatch(each -> overlap(each, object));
        boolean known = pending.stream().anyMatch(each -> each.handle == object.handle);
        boolean latest = dead.stream()
                .filter(each -> each.address == object.address)
                .reduce((_, last) -> last)
                .orElseThrow()
                .equals(object);
        if (reused || known || !latest || !object.target.isWatched(object.handle, object.address)) {
            return false;
        }
        count(Misuse.Kind.WRITE_AFTER_FREE, object);
        change(object.address, object.bytes);
        pending.add(new Expected(Misuse.Kind.WRITE_AFTER_FREE, object.handle));
        return true;
    }

    private static boolean overlap(Object one, Object other) {
        return one.address < other.address + other.bytes && other.address < one.address + one.bytes;
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
        reports++;
        assertThat(misuse.allocatedAt()).contains("MisuseInjectionTest.step:");
        if (misuse.kind() == Misuse.Kind.WRITE_AFTER_FREE) {
            assertThat(misuse.freedAt()).contains("MisuseInjectionTest.free:");
        }
    }

    /** Closes the targets with what is in use there: the leaks must be that, and of the place that allocated it. */
    private int closeAll(List<Target> targets) {
        int leaks = 0;
        for (Target target : targets) {
            List<Long> inUse = live.stream()
                    .filter(each -> each.target == target)
                    .map(Object::handle)
                    .toList();
            int expected = target.reportsLeaks() ? inUse.size() : 0;
            fixture.leaks.clear();
            target.close(inUse);
            long reported =
                    fixture.leaks.stream().mapToLong(LeakReport::objects).sum();
            assertThat(reported).isEqualTo(expected);
            Set<Boolean> fromStep = fixture.leaks.stream()
                    .flatMap(report -> report.leaks().stream())
                    .map(leak -> leak.allocatedAt().contains("MisuseInjectionTest.step:"))
                    .collect(Collectors.toSet());
            assertThat(fromStep).isEqualTo(expected == 0 ? Set.of() : Set.of(true));
            leaks += expected;
        }
        assertThat(pending).as("injected, not reported at close").isEmpty();
        return leaks;
    }
}
