package io.vexel.memory.pressure;

import io.vexel.base.TimeSource;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.ShrinkPriority;
import io.vexel.memory.linux.SystemFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Watches how short memory is, tells listeners, and lets the budget's shrinkers give some back.
 *
 * <p>Sources are the budget, unless it is unlimited, and what the system has: the limits of the cgroup and stall information, of the cgroup
 * where it has some, else of the machine. The level is the highest of theirs; each rises at once and is held for a while. What happens at a level:
 *
 * <table>
 * <caption>levels</caption>
 * <tr><td>NORMAL<td>the limit of caches grows, see {@link MemoryBudget#limitCaches}
 * <tr><td>LOW<td>a quarter of what can be given back is given back, the costly left out
 * <tr><td>CRITICAL<td>everything is
 * </table>
 *
 * <p>This happens when a level is entered from below, and as long as the system is short of memory at every look. Then caches may also use no
 * more of the budget than is in use after it. When only the budget is short, those who reserve from it reclaim by themselves.
 *
 * <p>Safe for use by any thread. The thread is a daemon; closing ends it.
 */
public final class PressureMonitor implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(PressureMonitor.class.getName());
    private static final int LOW_SHARE = 4;

    private final MemoryBudget budget;
    private final PressureOptions options;
    private final TimeSource time;
    private final Supplier<MemoryActivity> activity;
    private final MemoryHistory history;
    private final CopyOnWriteArrayList<PressureListener> listeners = new CopyOnWriteArrayList<>();

    /** Held while sources are read, listeners told and shrinkers asked. Who finds it taken goes on with the level that there is. */
    private final ReentrantLock looking = new ReentrantLock();

    private final RecoveringLimit cacheLimit;
    private final Counts counts = new Counts();
    private List<Watched> sources = List.of();
    private boolean detected;
    private long lastNanos;
    private long lastSampleNanos;
    private MemoryActivity lastActivity = MemoryActivity.NONE;

    private volatile PressureLevel level = PressureLevel.NORMAL;
    private volatile PressureStatistics statistics;
    private volatile boolean closed;
    private Optional<PressureThread> thread = Optional.empty();

    /** A source and its level. */
    private static final class Watched {
        final PressureSource source;
        final HeldLevel level;
        String text = "";

        Watched(PressureSource source, long holdNanos) {
            this.source = source;
            this.level = new HeldLevel(holdNanos);
        }
    }

    private static final class Counts {
        long looks;
        long unreadable;
        long rises;
        long falls;
        long triggers;
        long reclaims;
        long reclaimedBytes;

        PressureStatistics.Events events() {
            return new PressureStatistics.Events(looks, unreadable, rises, falls, triggers, reclaims, reclaimedBytes);
        }
    }

    /**
     * A monitor without a thread: it looks when {@link #check} is called.
     *
     * @param activity what caches counted, asked at every look
     */
    public PressureMonitor(MemoryBudget budget, PressureOptions options, Supplier<MemoryActivity> activity) {
        this.budget = budget;
        this.options = options;
        this.activity = activity;
        this.time = options.time();
        this.history = new MemoryHistory(options.samples());
        this.cacheLimit = new RecoveringLimit(budget.limitBytes());
        this.statistics = snapshot();
    }

    /**
     * A monitor with a thread, which takes its first look after one interval: whoever is done before that pays for none.
     *
     * @param activity what caches counted, asked at every look
     */
    public static PressureMonitor start(
            MemoryBudget budget, PressureOptions options, Supplier<MemoryActivity> activity) {
        PressureMonitor monitor = new PressureMonitor(budget, options, activity);
        monitor.startWith(new ParkedWaiter(), () -> monitor.stallFile().flatMap(TriggerWaiter::arm));
        return monitor;
    }

    /** Starts the thread, with what it waits for. */
    void startWith(Waiter first, Supplier<Optional<? extends Waiter>> trigger) {
        PressureThread started = new PressureThread(this, options.interval().toNanos(), first, trigger);
        thread = Optional.of(started);
        started.start();
    }

    /** As of the last look. */
    public PressureLevel level() {
        return level;
    }

    /** As of the last look. */
    public PressureStatistics statistics() {
        return statistics;
    }

    /** The samples: one for each look that is an interval after the one before. */
    public MemoryHistory history() {
        return history;
    }

    /** From now on the listener is told of changes. */
    public void addListener(PressureListener listener) {
        listeners.add(listener);
    }

    /** The listener is told no more; a call that is under way may still end. */
    public void removeListener(PressureListener listener) {
        listeners.remove(listener);
    }

    /** Looks now, unless somebody is looking, and does what is to be done. */
    public PressureLevel check() {
        if (looking.isHeldByCurrentThread() || !looking.tryLock()) {
            return level;
        }
        try {
            if (!closed) {
                look(time.nanoTime());
            }
            return level;
        } finally {
            looking.unlock();
        }
    }

    private void look(long now) {
        detect(now);
        counts.looks++;
        PressureLevel ofSystem = PressureLevel.NORMAL;
        PressureLevel highest = PressureLevel.NORMAL;
        for (Watched each : sources) {
            Optional<PressureSource.Reading> reading = each.source.read(now);
            if (reading.isPresent()) {
                each.level.see(reading.get(), now);
                each.text = reading.get().text();
            } else {
                counts.unreadable++;
            }
            highest = highest.or(each.level.level());
            if (each.source.isOfSystem()) {
                ofSystem = ofSystem.or(each.level.level());
            }
        }
        PressureLevel before = level;
        level = highest;
        tell(before, highest);
        // A listener may have closed the monitor.
        if (!closed) {
            relieve(before, ofSystem, now);
        }
        sample(now);
        lastNanos = now;
        statistics = snapshot();
    }

    private void detect(long now) {
        if (detected) {
            return;
        }
        detected = true;
        lastNanos = now;
        long hold = options.hold().toNanos();
        List<Watched> found = new ArrayList<>();
        if (budget.limitBytes() < Long.MAX_VALUE) {
            found.add(new Watched(new BudgetSource(budget), hold));
        }
        SystemFiles files = new SystemFiles(options.root());
        Optional<MountedGroup> group = MountedGroup.find(files);
        group.ifPresent(each -> found.add(new Watched(new GroupSource(files, each), hold)));
        stallPath(files, group).ifPresent(path -> found.add(new Watched(new StallSource(files, path), hold)));
        sources = List.copyOf(found);
    }

    private static Optional<String> stallPath(SystemFiles files, Optional<MountedGroup> group) {
        return group.map(each -> each.directories().getFirst() + "/memory.pressure")
                .filter(path -> isReadable(files, path))
                .or(() -> Optional.of("/proc/pressure/memory").filter(path -> isReadable(files, path)));
    }

    private static boolean isReadable(SystemFiles files, String path) {
        return files.read(path).flatMap(StallShares::parse).isPresent();
    }

    private void tell(PressureLevel before, PressureLevel now) {
        if (before == now) {
            return;
        }
        if (now.isAbove(before)) {
            counts.rises++;
        } else {
            counts.falls++;
        }
        for (PressureListener listener : listeners) {
            try {
                listener.changed(before, now);
            } catch (RuntimeException e) {
                // The others are told all the same.
                LOG.log(System.Logger.Level.WARNING, "a listener to memory pressure failed", e);
            }
        }
    }

    private void relieve(PressureLevel before, PressureLevel ofSystem, long now) {
        if (level.isAbove(before) || ofSystem.isAbove(PressureLevel.NORMAL)) {
            long all = budget.reclaimableBytes();
            boolean critical = level == PressureLevel.CRITICAL;
            long wanted = critical ? all : all / LOW_SHARE;
            if (wanted > 0) {
                counts.reclaims++;
                counts.reclaimedBytes +=
                        budget.reclaim(wanted, critical ? ShrinkPriority.COSTLY : ShrinkPriority.CACHED);
            }
        }
        if (ofSystem.isAbove(PressureLevel.NORMAL)) {
            cacheLimit.shrinkTo(budget.usedBytes());
        } else {
            cacheLimit.grow(now - lastNanos);
        }
        budget.limitCaches(cacheLimit.bytes());
    }

    private void sample(long now) {
        boolean first = counts.looks == 1;
        if (first || now - lastSampleNanos >= options.interval().toNanos()) {
            MemoryActivity all = activity.get();
            history.add(new MemorySample(
                    now,
                    level,
                    budget.usedBytes(),
                    all.hits() - lastActivity.hits(),
                    all.faults() - lastActivity.faults()));
            lastActivity = all;
            lastSampleNanos = now;
        }
    }

    private PressureStatistics snapshot() {
        return new PressureStatistics(
                level,
                sources.stream()
                        .map(each -> new PressureStatistics.Source(each.source.name(), each.level.level(), each.text))
                        .toList(),
                budget.cacheLimitBytes(),
                counts.events(),
                history.newest());
    }

    /** A trigger fired: the next look sees at least {@link PressureLevel#LOW}. */
    void fired() {
        looking.lock();
        try {
            counts.triggers++;
            stalls().ifPresent(StallSource::fired);
        } finally {
            looking.unlock();
        }
    }

    /** The file on which a trigger can be armed, once sources were looked for. */
    Optional<Path> stallFile() {
        looking.lock();
        try {
            return stalls().map(StallSource::file);
        } finally {
            looking.unlock();
        }
    }

    private Optional<StallSource> stalls() {
        return sources.stream()
                .map(each -> each.source)
                .filter(StallSource.class::isInstance)
                .map(StallSource.class::cast)
                .findFirst();
    }

    /** Ends the thread and waits for it, unless a listener closes. Caches may use the whole budget from then on. */
    @Override
    public void close() {
        closed = true;
        thread.ifPresent(PressureThread::close);
        looking.lock();
        try {
            budget.limitCaches(budget.limitBytes());
        } finally {
            looking.unlock();
        }
    }
}
