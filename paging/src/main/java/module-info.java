/** Which page of memory gives way to another, and where it goes. */
@org.jspecify.annotations.NullMarked
module io.vexel.paging {
    requires static org.jspecify;
    requires transitive io.vexel.device;

    exports io.vexel.paging.replacement to
            io.vexel.bench;
    exports io.vexel.paging.space to
            io.vexel.bench;
    exports io.vexel.paging.swap to
            io.vexel.bench;
}
