package io.vexel.memory.zone;

import java.util.Optional;

/**
 * Who pages are allocated for: the unit of the accounting, and what decides where the pages lie. Made by {@link
 * PageAllocator#register}.
 */
public final class PageOwner {

    private final int id;
    private final Terms terms;
    private final boolean hot;

    /** Whether an owner may use what is kept back below the watermark {@code min}. */
    public enum Reserve {
        /** No. */
        KEPT,
        /** Yes: the owner needs pages in order to free others. */
        USED
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
     */
    public record Terms(String name, ZoneKind zone, Mobility mobility, Optional<PageMover> mover, Reserve reserve) {

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
            return new Terms(name, ZoneKind.NORMAL, Mobility.UNMOVABLE, Optional.empty(), Reserve.KEPT);
        }

        /** Blocks that stay until memory is short, in the zone NORMAL. */
        public static Terms reclaimable(String name) {
            return new Terms(name, ZoneKind.NORMAL, Mobility.RECLAIMABLE, Optional.empty(), Reserve.KEPT);
        }

        /** Blocks that may be moved, in the zone MOVABLE. */
        public static Terms movable(String name, PageMover mover) {
            return new Terms(name, ZoneKind.MOVABLE, Mobility.MOVABLE, Optional.of(mover), Reserve.KEPT);
        }

        /** Buffers for direct I/O. */
        public static Terms buffers(String name) {
            return new Terms(name, ZoneKind.DMA, Mobility.UNMOVABLE, Optional.empty(), Reserve.KEPT);
        }

        /** Objects of 2 MiB and more, aligned to 2 MiB. */
        public static Terms large(String name) {
            return new Terms(name, ZoneKind.LARGE, Mobility.UNMOVABLE, Optional.empty(), Reserve.KEPT);
        }

        /** The same, and the reserve may be used. */
        public Terms withReserve() {
            return new Terms(name, zone, mobility, mover, Reserve.USED);
        }
    }

    PageOwner(int id, Terms terms) {
        this.id = id;
        this.terms = terms;
        this.hot = terms.zone() == ZoneKind.NORMAL || terms.zone() == ZoneKind.MOVABLE;
    }

    int id() {
        return id;
    }

    /** Whether small blocks go through hot lists. */
    boolean usesHotLists() {
        return hot;
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
