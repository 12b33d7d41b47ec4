/** The vexel command. */
@org.jspecify.annotations.NullMarked
module io.vexel.cli {
    requires static org.jspecify;
    requires io.vexel.engine;
    requires info.picocli;
    requires tools.jackson.core;

    exports io.vexel.cli to
            io.vexel.bench;
    exports io.vexel.cli.file to
            io.vexel.bench;
    exports io.vexel.cli.terminal to
            io.vexel.bench;

    opens io.vexel.cli to
            info.picocli;
}
