package io.vexel.engine;

import io.vexel.device.FileDevice;
import io.vexel.memory.MemoryBudget;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the Java runtime must offer; each miss is one sentence that says what to do. */
final class RuntimeRequirements {

    /** The oldest release with all the corrections that the storage relies on. */
    static final Runtime.Version OLDEST = Runtime.Version.parse("25.0.3");

    private static final AtomicBoolean warned = new AtomicBoolean();

    private RuntimeRequirements() {}

    /** @throws IllegalStateException when the runtime cannot carry the engine */
    static void check() {
        checkVersion(Runtime.version());
        checkVectorModule(ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent());
        List<Module> lacking = Stream.of(MemoryBudget.class.getModule(), FileDevice.class.getModule())
                .filter(module -> !module.isNativeAccessEnabled())
                .toList();
        if (!lacking.isEmpty() && !warned.getAndSet(true)) {
            System.getLogger(RuntimeRequirements.class.getName())
                    .log(System.Logger.Level.WARNING, nativeAccessAdvice(lacking));
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

    static String nativeAccessAdvice(List<Module> lacking) {
        String names = lacking.stream()
                .map(module -> module.isNamed() ? module.getName() : "ALL-UNNAMED")
                .distinct()
                .collect(Collectors.joining(","));
        return "native access is not enabled for Vexel; start java with --enable-native-access=" + names;
    }
}
