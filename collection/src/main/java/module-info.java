/** Collections on the file system: ids, payloads, filters, payload indexes, vectors, manifest. */
@org.jspecify.annotations.NullMarked
module io.vexel.collection {
    requires static org.jspecify;
    requires transitive io.vexel.index;
    requires transitive io.vexel.filesystem;
    requires tools.jackson.core;
    requires roaringbitmap;

    exports io.vexel.collection;
    exports io.vexel.collection.indexing to
            io.vexel.engine;
    exports io.vexel.collection.payload to
            io.vexel.engine;
    exports io.vexel.collection.store to
            io.vexel.engine;
}
