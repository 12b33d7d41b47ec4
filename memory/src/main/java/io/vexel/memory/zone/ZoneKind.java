package io.vexel.memory.zone;

/** What a zone's pages are for. */
public enum ZoneKind {
    /** Buffers of direct I/O. */
    DMA,
    /** Whatever stays where it is. */
    NORMAL,
    /** Blocks whose owner lets them be moved, so that free pages can be brought together. */
    MOVABLE,
    /** Objects of 2 MiB and more, aligned to that; charged one by one and given back to the system when freed. */
    LARGE
}
