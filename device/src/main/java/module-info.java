/** The block device port and its file, raw and in-memory devices. */
@org.jspecify.annotations.NullMarked
module io.vexel.device {
    requires static org.jspecify;
    requires transitive io.vexel.memory;

    exports io.vexel.device;
}
