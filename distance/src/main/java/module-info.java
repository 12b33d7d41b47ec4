/** Metrics, scalar twins and SIMD kernels; the only module that sees the Vector API. */
@org.jspecify.annotations.NullMarked
module io.vexel.distance {
    requires static org.jspecify;
    requires transitive io.vexel.memory;
    requires jdk.incubator.vector;

    exports io.vexel.distance;
}
