package io.vexel.testkit;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

/**
 * Crashes a run at every operation of its device and looks at what is left.
 *
 * <p>For each prefix of the log: no write in flight landed, all did, each one alone, all but each one, the first ones only, the last
 * one torn in order, the last one with garbage in its first sector, and a number of seeded mixtures with torn sectors and garbage. After each, the subject must recover to
 * the state of some step that is not older than the last acknowledged one and not newer than the last one begun. A share of the
 * recoveries is crashed in turn, at operations of their own; recovering again must give the same state.
 */
public final class CrashEnumeration {

    /** A mixture in flight longer than this is not enumerated write by write. */
    private static final int MAX_SINGLED_OUT = 6;

    private static final int MAX_TORN_PREFIXES = 4;
    private static final int GARBAGE_PERCENT = 15;

    /**
     * How much to try.
     *
     * @param seed decides the mixtures
     * @param mixtures seeded mixtures for each prefix with writes in flight
     * @param recoveryPercent share of the states whose recovery is crashed too, 0..100
     * @param recoveryCrashes crashes of such a recovery
     */
    public record Options(long seed, int mixtures, int recoveryPercent, int recoveryCrashes) {}

    /**
     * What was tried.
     *
     * @param states crash states that were recovered, those inside recoveries included
     * @param recoveryStates crash states inside recoveries
     * @param violation the first one found, with what is needed to see it again
     */
    public record Outcome(long states, long recoveryStates, Optional<String> violation) {}

    private final CrashTrace trace;
    private final History history;
    private final CrashSubject subject;
    private final Options options;
    private final AtomicLong states = new AtomicLong();
    private final AtomicLong recoveryStates = new AtomicLong();
    private final AtomicReference<String> violation = new AtomicReference<>();

    private CrashEnumeration(CrashTrace trace, CrashSubject subject, Options options) {
        this.trace = trace;
        this.history = trace.history();
        this.subject = subject;
        this.options = options;
    }

    /** Crashes after every operation; ends at the first violation. */
    public static Outcome run(CrashTrace trace, CrashSubject subject, Options options) {
        CrashEnumeration enumeration = new CrashEnumeration(trace, subject, options);
        IntStream.rangeClosed(0, enumeration.history.length()).parallel().forEach(enumeration::crashAt);
        return enumeration.outcome();
    }

    /** Crashes after the last operation only; ends at the first violation. */
    public static Outcome atEnd(CrashTrace trace, CrashSubject subject, Options options) {
        CrashEnumeration enumeration = new CrashEnumeration(trace, subject, options);
        enumeration.crashAt(enumeration.history.length());
        return enumeration.outcome();
    }

    private Outcome outcome() {
        return new Outcome(states.get(), recoveryStates.get(), Optional.ofNullable(violation.get()));
    }

    private void crashAt(int position) {
        for (List<Fate> fates : fates(position)) {
            if (violation.get() != null) {
                return;
            }
            long salt = new SplittableRandom(options.seed() ^ position * 31L ^ fates.hashCode()).nextLong();
            check(position, fates, salt);
        }
    }

    private List<List<Fate>> fates(int position) {
        int count = history.inFlight(position).size();
        List<List<Fate>> result = new ArrayList<>();
        if (count == 0 || trace.oldest(position) != trace.oldest(position - 1)) {
            // Otherwise the same medium was looked at one operation earlier, with the same demands.
            result.add(Collections.nCopies(count, new Fate.Vanished()));
        }
        if (count == 0) {
            return result;
        }
        result.add(Collections.nCopies(count, new Fate.Landed()));
        addSingled(count, result);
        addTornPrefixes(position, count, result);
        addGarbledHead(position, count, result);
        SplittableRandom random = new SplittableRandom(options.seed() + 0x9E3779B97F4A7C15L * position);
        for (int i = 0; i < options.mixtures(); i++) {
            result.add(mixture(count, random));
        }
        return result;
    }

    /** With few writes in flight each one alone and all but each one; only the newest write is new when there are more. */
    private static void addSingled(int count, List<List<Fate>> result) {
        if (count == 1) {
            return;
        }
        for (int i = count <= MAX_SINGLED_OUT ? 0 : count - 1; i < count; i++) {
            List<Fate> alone = new ArrayList<>(Collections.nCopies(count, new Fate.Vanished()));
            alone.set(i, new Fate.Landed());
            result.add(alone);
            List<Fate> others = new ArrayList<>(Collections.nCopies(count, new Fate.Landed()));
            others.set(i, new Fate.Vanished());
            result.add(others);
        }
    }

    private void addTornPrefixes(int position, int count, List<List<Fate>> result) {
        int sectors = history.inFlight(position).getLast().sectors();
        int step = Math.max(1, sectors / MAX_TORN_PREFIXES);
        for (int landed = step; landed < sectors; landed += step) {
            List<Fate> fates = new ArrayList<>(Collections.nCopies(count, new Fate.Landed()));
            fates.set(count - 1, new Fate.Prefix(landed));
            result.add(fates);
        }
    }

    private void addGarbledHead(int position, int count, List<List<Fate>> result) {
        List<Fate> fates = new ArrayList<>(Collections.nCopies(count, new Fate.Landed()));
        fates.set(count - 1, new Fate.HeadGarbled(options.seed() ^ position));
        result.add(fates);
    }

    private static List<Fate> mixture(int count, SplittableRandom random) {
        List<Fate> fates = new ArrayList<>();
        int garbage = random.nextBoolean() ? GARBAGE_PERCENT : 0;
        for (int i = 0; i < count; i++) {
            fates.add(
                    switch (random.nextInt(4)) {
                        case 0 -> new Fate.Vanished();
                        case 1 -> new Fate.Torn(random.nextLong(), garbage);
                        default -> new Fate.Landed();
                    });
        }
        return fates;
    }

    private void check(int position, List<Fate> fates, long salt) {
        SimulatedDevice device = new SimulatedDevice(history.crash(position, fates), salt);
        boolean again = Math.floorMod(salt, 100) < options.recoveryPercent();
        if (!again) {
            device.withoutLog();
        }
        String where = "crash after operation " + position + " of " + history.length() + ", " + fates;
        Optional<String> found = recover(device, salt, where);
        if (found.isEmpty()) {
            return;
        }
        states.incrementAndGet();
        int oldest = trace.oldest(position);
        int newest = trace.newest(position);
        for (int step = oldest; step <= newest; step++) {
            if (trace.state(step).equals(found.get())) {
                if (again) {
                    crashRecovery(device.history(), found.get(), salt, where);
                }
                return;
            }
        }
        report(where + ": the state is none of steps " + oldest + ".." + newest + "\n"
                + difference(trace.state(oldest), found.get()));
    }

    private Optional<String> recover(SimulatedDevice device, long salt, String where) {
        try {
            return Optional.of(subject.recover(device, salt));
        } catch (RuntimeException | AssertionError e) {
            report(where + ": " + e + "\n" + stack(e));
            return Optional.empty();
        }
    }

    private static String stack(Throwable e) {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < Math.min(12, e.getStackTrace().length); i++) {
            lines.append("    at ").append(e.getStackTrace()[i]).append('\n');
        }
        return lines.toString();
    }

    private void crashRecovery(History recovery, String expected, long salt, String where) {
        SplittableRandom random = new SplittableRandom(salt);
        for (int i = 0; i < options.recoveryCrashes() && violation.get() == null; i++) {
            int position = random.nextInt(recovery.length() + 1);
            int count = recovery.inFlight(position).size();
            List<Fate> fates = switch (random.nextInt(4)) {
                case 0 -> Collections.nCopies(count, new Fate.Landed());
                case 1 -> Collections.nCopies(count, new Fate.Vanished());
                default -> mixture(count, random);
            };
            String twice = where + ", then inside recovery after operation " + position + " of " + recovery.length()
                    + ", " + fates;
            SimulatedDevice device = new SimulatedDevice(recovery.crash(position, fates), salt).withoutLog();
            Optional<String> found = recover(device, salt + i + 1, twice);
            if (found.isEmpty()) {
                return;
            }
            states.incrementAndGet();
            recoveryStates.incrementAndGet();
            if (!found.get().equals(expected)) {
                report(twice + ": the state differs from that of the first recovery\n"
                        + difference(expected, found.get()));
                return;
            }
        }
    }

    private void report(String text) {
        violation.compareAndSet(null, "seed " + options.seed() + ": " + text);
    }

    /** The lines that only one of the states has. */
    private static String difference(String expected, String found) {
        List<String> wanted = new ArrayList<>(expected.lines().toList());
        List<String> had = new ArrayList<>(found.lines().toList());
        List<String> both = new ArrayList<>(wanted);
        both.retainAll(had);
        wanted.removeAll(both);
        had.removeAll(both);
        return "  acknowledged and not found: " + wanted + "\n  found and not acknowledged: " + had;
    }
}
