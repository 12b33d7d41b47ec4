/** The vexel command. */
@org.jspecify.annotations.NullMarked
module io.vexel.cli {
    requires static org.jspecify;
    requires io.vexel.engine;
    requires info.picocli;
    requires tools.jackson.core;

    opens io.vexel.cli to
            info.picocli;
}
