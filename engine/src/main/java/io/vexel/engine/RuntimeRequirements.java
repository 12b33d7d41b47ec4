package io.vexel.engine;

import io.vexel.memory.MemoryBudget;

/** What the Java runtime must offer; each miss is one sentence that says what to do. */
final class RuntimeRequirements {

    /** The oldest release with all the corrections that the storage relies on. */
    static final Runtime.Version OLDEST = Runtime.Version.parse("25.0.3");

    private static final System.Logger LOG = System.getLogger(RuntimeRequirements.class.getName());

    private RuntimeRequirements() {}

    /** @throws IllegalStateException when the runtime cannot carry the engine */
    static void check() {
        checkVersion(Runtime.version());
        checkVectorModule(ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent());
        Module memory = MemoryBudget.class.getModule();
        if (!memory.isNativeAccessEnabled()) {
            LOG.log(System.Logger.Level.WARNING, nativeAccessAdvice(memory));
        }
    }

    static void checkVersion(Runtime.Version running) {
        if (running.compareToIgnoreOptional(OLDEST) < 0) {
            throw new IllegalStateException(
                    "java=" + running + ", allowed: " + OLDEST + " or newer; install a newer JDK 25 and start with it");
        }
    }

    static void checkVectorModule(boolean present) {
        if (!present) {
            throw new IllegalStateException(
                    "the module jdk.incubator.vector is missing; start java with --add-modules jdk.incubator.vector");
        }
    }

    static String nativeAccessAdvice(Module memory) {
        String name = memory.isNamed() ? memory.getName() : "ALL-UNNAMED";
        return "native access is not enabled for Vexel; start java with --enable-native-access=" + name;
    }
}
