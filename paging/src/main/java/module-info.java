/** Pages that are in memory when they are asked for: which gives way to another, and where it goes. */
@org.jspecify.annotations.NullMarked
module io.vexel.paging {
    requires static org.jspecify;
    requires transitive io.vexel.device;
    requires static com.github.luben.zstd_jni;

    exports io.vexel.paging.compression to
            io.vexel.bench;
    exports io.vexel.paging.replacement to
            io.vexel.filesystem,
            io.vexel.collection,
            io.vexel.bench;
    exports io.vexel.paging.space to
            io.vexel.filesystem,
            io.vexel.collection,
            io.vexel.bench;
    exports io.vexel.paging.swap to
            io.vexel.filesystem,
            io.vexel.bench;
}
