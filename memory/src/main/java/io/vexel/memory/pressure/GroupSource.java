package io.vexel.memory.pressure;

import io.vexel.memory.linux.Numbers;
import io.vexel.memory.linux.SystemFiles;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The limits of the memory cgroup and of the groups around it, whichever leaves least. Available is the limit less what is in use, and the
 * file pages that are not active are not in use: the kernel drops them first. Where the group is at its limit all the time because of
 * file pages, its counts of that (memory.events high and max, memory.failcnt) rise without any shortage, so they only
 * count while less than the mark {@code high} is available. Its counts of processes that found no memory (oom, oom_kill) always do.
 */
final class GroupSource implements PressureSource {

    private final SystemFiles files;
    private final MountedGroup group;
    private long lastHits = -1;
    private long lastKills = -1;

    GroupSource(SystemFiles files, MountedGroup group) {
        this.files = files;
        this.group = group;
    }

    @Override
    public String name() {
        return group.directories().getFirst();
    }

    @Override
    public boolean isOfSystem() {
        return true;
    }

    @Override
    public Optional<Reading> read(long nanos) {
        Optional<Reading> scarcest = Optional.empty();
        double least = Double.MAX_VALUE;
        for (String directory : group.directories()) {
            long limit = limit(directory);
            OptionalLong available = available(directory, limit);
            if (available.isPresent()) {
                double percent = PressureMarks.percent(available.getAsLong(), limit);
                if (percent < least) {
                    least = percent;
                    scarcest = Optional.of(PressureMarks.reading(available.getAsLong(), limit, directory));
                }
            }
        }
        PressureLevel byEvents = byEvents(least);
        if (byEvents == PressureLevel.NORMAL) {
            return scarcest;
        }
        Reading base = scarcest.orElse(new Reading(byEvents, byEvents, "a process of " + name() + " found no memory"));
        return Optional.of(new Reading(base.enters().or(byEvents), base.leaves().or(byEvents), base.text()));
    }

    /** The limit of a group; the greatest value where it has none. */
    private long limit(String directory) {
        return group.version() == 1
                ? number(directory, "memory.limit_in_bytes")
                : Math.min(number(directory, "memory.max"), number(directory, "memory.high"));
    }

    private long number(String directory, String file) {
        return files.read(directory + "/" + file)
                .map(Numbers::parseLimit)
                .orElse(OptionalLong.empty())
                .orElse(Long.MAX_VALUE);
    }

    private OptionalLong available(String directory, long limit) {
        boolean first = group.version() == 1;
        long used = number(directory, first ? "memory.usage_in_bytes" : "memory.current");
        if (used == Long.MAX_VALUE || isUnlimited(limit)) {
            return OptionalLong.empty();
        }
        long droppable = files.read(directory + "/memory.stat")
                .map(Numbers::parseKeyed)
                .map(stat -> stat.getOrDefault(first ? "total_inactive_file" : "inactive_file", 0L))
                .orElse(0L);
        return OptionalLong.of(limit - used + Math.min(droppable, used));
    }

    /** Version 1 says with the greatest number of pages that there is no limit. */
    private static boolean isUnlimited(long limit) {
        return limit >= Long.MAX_VALUE >>> 1;
    }

    private PressureLevel byEvents(double availablePercent) {
        Map<String, Long> events = group.version() == 1
                ? Map.of("max", number(name(), "memory.failcnt"))
                : files.read(name() + "/memory.events").map(Numbers::parseKeyed).orElse(Map.of());
        long hits = events.getOrDefault("high", 0L) + events.getOrDefault("max", 0L);
        long kills = events.getOrDefault("oom", 0L) + events.getOrDefault("oom_kill", 0L);
        boolean hit = lastHits >= 0 && hits > lastHits && availablePercent < PressureMarks.HIGH_PERCENT;
        boolean killed = lastKills >= 0 && kills > lastKills;
        lastHits = hits;
        lastKills = kills;
        if (killed) {
            return PressureLevel.CRITICAL;
        }
        return hit ? PressureLevel.LOW : PressureLevel.NORMAL;
    }
}
