/** Units, checked arithmetic, byte codecs, checksums, clock and randomness ports, the exception family. */
@org.jspecify.annotations.NullMarked
module io.vexel.base {
    requires static org.jspecify;

    exports io.vexel.base;
}
