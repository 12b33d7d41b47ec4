/** The memory budget, off-heap regions, and the allocator of pages; raw addresses for named modules only. */
@org.jspecify.annotations.NullMarked
module io.vexel.memory {
    requires static org.jspecify;
    requires transitive io.vexel.base;

    exports io.vexel.memory;
    exports io.vexel.memory.numa;
    exports io.vexel.memory.pressure;
    exports io.vexel.memory.slab;
    exports io.vexel.memory.zone;
    exports io.vexel.memory.raw to
            io.vexel.device,
            io.vexel.paging,
            io.vexel.filesystem,
            io.vexel.distance,
            io.vexel.index,
            io.vexel.collection;
}
