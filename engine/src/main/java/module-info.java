/** The public API: volumes, collections, requests and results. */
@org.jspecify.annotations.NullMarked
module io.vexel.engine {
    requires static org.jspecify;
    requires transitive io.vexel.collection;

    exports io.vexel.engine;
}
