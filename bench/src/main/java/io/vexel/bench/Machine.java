package io.vexel.bench;

import io.vexel.cli.Versions;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a comparison ran on: the machine, the versions, and the options of the JVM. */
final class Machine {

    private Machine() {}

    static Map<String, Object> facts() {
        Map<String, Object> facts = new LinkedHashMap<>(Versions.machine());
        facts.put("jvm", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
        facts.put("heapBytes", Runtime.getRuntime().maxMemory());
        facts.put("jvmOptions", options());
        return facts;
    }

    static String line() {
        return Versions.machineLine() + ", JVM options " + String.join(" ", options());
    }

    /** Those that decide about speed; properties only say where things are. */
    private static List<String> options() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> !option.startsWith("-D"))
                .toList();
    }
}
