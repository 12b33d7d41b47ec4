/** Which page of memory gives way to another. */
@org.jspecify.annotations.NullMarked
module io.vexel.paging {
    requires static org.jspecify;
    requires transitive io.vexel.device;

    exports io.vexel.paging.replacement to
            io.vexel.bench;
}
