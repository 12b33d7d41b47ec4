package io.vexel.paging.replacement;

import io.vexel.base.Checks;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The policies there are. */
public enum PolicyKind {
    /** Frequency sketch and CLOCK: the default. */
    SKETCH_CLOCK,
    /** Least recently used. */
    LRU,
    /** Least frequently used since it came in. */
    LFU,
    /** Second chance by a reference bit. */
    CLOCK,
    /** What was not used for a while leaves. */
    WORKING_SET,
    /** Recency and frequency, balanced by what was missed. */
    ARC;

    /** What is used where nothing else is asked for. */
    public static final PolicyKind DEFAULT = SKETCH_CLOCK;

    /** Most frames of a policy. */
    public static final int MAX_FRAMES = 1 << 28;

    /**
     * A policy over frames that hold no page yet.
     *
     * @param frames 1..{@value #MAX_FRAMES}
     */
    public ReplacementPolicy create(int frames) {
        Checks.inRange("frames", frames, 1, MAX_FRAMES);
        return switch (this) {
            case SKETCH_CLOCK -> new SketchClockPolicy(frames);
            case LRU -> new LruPolicy(frames);
            case LFU -> new LfuPolicy(frames);
            case CLOCK -> new ClockPolicy(frames);
            case WORKING_SET -> new WorkingSetPolicy(frames);
            case ARC -> new ArcPolicy(frames);
        };
    }

    /** The name in options and reports, for instance {@code working-set}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * The kind with this label.
     *
     * @throws IllegalArgumentException when there is none
     */
    public static PolicyKind parse(String label) {
        return Arrays.stream(values())
                .filter(kind -> kind.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("policy=" + label + ", allowed: "
                        + Arrays.stream(values()).map(PolicyKind::label).collect(Collectors.joining(", "))));
    }
}
