/** The comparison of Vexel with other engines. */
@org.jspecify.annotations.NullMarked
module io.vexel.bench {
    requires static org.jspecify;
    requires io.vexel.cli;
    requires io.vexel.engine;
    requires io.vexel.paging;
    requires java.logging;
    requires java.management;
    requires jdk.management;
    requires info.picocli;
    requires org.apache.lucene.core;
    requires jvector;
    requires hnswlib.core;
    requires io.jhdf;
    requires jmh.core;
    requires io.netty.buffer;
    requires io.netty.common;

    opens io.vexel.bench to
            info.picocli;
}
