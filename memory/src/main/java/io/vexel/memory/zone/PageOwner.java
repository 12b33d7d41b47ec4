package io.vexel.memory.zone;

import io.vexel.memory.numa.MemoryPolicy;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Who pages are allocated for: the unit of the accounting, and what decides where the pages lie. Made by {@link
 * PageAllocator#register}.
 */
public final class PageOwner {

    private final int id;
    private final Terms terms;
    private final int mobility;
    private final boolean hot;
    private final boolean nearThread;
    private final boolean interleaved;
    private final AtomicInteger turns = new AtomicInteger();

    /** Whether an owner may use what is kept back below the watermark {@code min}. */
    public enum Reserve {
        /** No. */
        KEPT,
        /** Yes: the owner needs pages in order to free others. */
        USED
    }

    /** What a block holds when it is allocated. */
    public enum Contents {
        /** Undefined: often what it held when it was freed, whoever had it then. Costs nothing. */
        AS_LEFT,
        /** Zeros. */
        ZEROED,
        /** The byte {@link PageAllocator#POISON} all over, which no sensible value is made of. */
        POISONED
    }

    /**
     * What an owner wants.
     *
     * @param name of the owner in statistics
     * @param zone where its blocks lie, or in the zone's fallbacks when it is full; those beyond order 10 are always in {@link
     *     ZoneKind#LARGE}
     * @param mobility what can be done about its blocks
     * @param mover moves its blocks; there if and only if they are movable
     * @param reserve whether it may use the reserve
     * @param policy on which nodes its blocks lie, unless an allocation names one
     * @param contents what its blocks hold when it gets them. Those that are filled come past the hot lists
     */
    public record Terms(
            String name,
            ZoneKind zone,
            Mobility mobility,
            Optional<PageMover> mover,
            Reserve reserve,
            MemoryPolicy policy,
            Contents contents) {

        public Terms {
            if ((mobility == Mobility.MOVABLE) != mover.isPresent()) {
                throw new IllegalArgumentException("owner=" + name + " mobility=" + mobility + " mover="
                        + mover.isPresent() + ", allowed: a mover for movable blocks only");
            }
            if ((zone == ZoneKind.MOVABLE) != (mobility == Mobility.MOVABLE)) {
                throw new IllegalArgumentException("owner=" + name + " zone=" + zone + " mobility=" + mobility
                        + ", allowed: movable blocks in the zone MOVABLE, no others there");
            }
        }

        /** Blocks that stay, in the zone NORMAL. */
        public static Terms unmovable(String name) {
            return new Terms(
                    name,
                    ZoneKind.NORMAL,
                    Mobility.UNMOVABLE,
                    Optional.empty(),
                    Reserve.KEPT,
                    MemoryPolicy.byDefault(),
                    Contents.AS_LEFT);
        }

        /** Blocks that stay until memory is short, in the zone NORMAL. */
        public static Terms reclaimable(String name) {
            return new Terms(
                    name,
                    ZoneKind.NORMAL,
                    Mobility.RECLAIMABLE,
                    Optional.empty(),
                    Reserve.KEPT,
                    MemoryPolicy.byDefault(),
                    Contents.AS_LEFT);
        }

        /** Blocks that may be moved, in the zone MOVABLE. */
        public static Terms movable(String name, PageMover mover) {
            return new Terms(
                    name,
                    ZoneKind.MOVABLE,
                    Mobility.MOVABLE,
                    Optional.of(mover),
                    Reserve.KEPT,
                    MemoryPolicy.byDefault(),
                    Contents.AS_LEFT);
        }

        /** Buffers for direct I/O. */
        public static Terms buffers(String name) {
            return new Terms(
                    name,
                    ZoneKind.DMA,
                    Mobility.UNMOVABLE,
                    Optional.empty(),
                    Reserve.KEPT,
                    MemoryPolicy.byDefault(),
                    Contents.AS_LEFT);
        }

        /** Objects of 2 MiB and more, aligned to 2 MiB. */
        public static Terms large(String name) {
            return new Terms(
                    name,
                    ZoneKind.LARGE,
                    Mobility.UNMOVABLE,
                    Optional.empty(),
                    Reserve.KEPT,
                    MemoryPolicy.byDefault(),
                    Contents.AS_LEFT);
        }

        /** The same, and the reserve may be used. */
        public Terms withReserve() {
            return new Terms(name, zone, mobility, mover, Reserve.USED, policy, contents);
        }

        /** The same on other nodes. */
        public Terms withPolicy(MemoryPolicy nodes) {
            return new Terms(name, zone, mobility, mover, reserve, nodes, contents);
        }

        /** The same with other contents, such as when blocks must not tell what others wrote. */
        public Terms withContents(Contents wanted) {
            return new Terms(name, zone, mobility, mover, reserve, policy, wanted);
        }
    }

    PageOwner(int id, Terms terms) {
        this.id = id;
        this.terms = terms;
        this.mobility = terms.mobility().index();
        MemoryPolicy.Kind kind = terms.policy().kind();
        this.nearThread = kind == MemoryPolicy.Kind.DEFAULT || kind == MemoryPolicy.Kind.LOCAL;
        this.interleaved = kind == MemoryPolicy.Kind.INTERLEAVE;
        // So that the way through the lists has no question about contents.
        this.hot = (terms.zone() == ZoneKind.NORMAL || terms.zone() == ZoneKind.MOVABLE)
                && terms.contents() == Contents.AS_LEFT;
    }

    int id() {
        return id;
    }

    /** Index of its blocks' mobility. */
    int mobility() {
        return mobility;
    }

    /** Whether small blocks go through hot lists. */
    boolean usesHotLists() {
        return hot;
    }

    /**
     * The node where its next block is wanted.
     *
     * @param here where the thread runs
     * @param distances from there
     */
    int wantedNode(int here, List<Integer> distances) {
        MemoryPolicy policy = terms.policy();
        return switch (policy.kind()) {
            case DEFAULT, LOCAL -> here;
            case PREFERRED -> policy.nodes().getFirst();
            case BIND ->
                policy.allows(here) ? here : Collections.min(policy.nodes(), Comparator.comparingInt(distances::get));
            case INTERLEAVE ->
                policy.nodes()
                        .get(Math.floorMod(
                                turns.getAndIncrement(), policy.nodes().size()));
        };
    }

    /** Whether its blocks are wanted where the thread runs. */
    boolean isNearThread() {
        return nearThread;
    }

    boolean isInterleaved() {
        return interleaved;
    }

    /** What the owner asked for. */
    public Terms terms() {
        return terms;
    }

    @Override
    public String toString() {
        return terms.name();
    }
}
