/** Vector indexes; they know no file system and read through ports. */
@org.jspecify.annotations.NullMarked
module io.vexel.index {
    requires static org.jspecify;
    requires transitive io.vexel.distance;

    exports io.vexel.index;
}
