package io.vexel.cli;

import io.vexel.distance.Simd;
import java.util.LinkedHashMap;
import java.util.Map;

/** What runs here: for reports whose numbers depend on it. */
public final class Versions {

    private Versions() {}

    /** The version of this build. */
    public static String vexel() {
        return "0.1.0";
    }

    /** Versions of Vexel and Java, the machine and its processors. */
    public static Map<String, Object> machine() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("vexel", vexel());
        facts.put("java", Runtime.version().toString());
        facts.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        facts.put("architecture", System.getProperty("os.arch"));
        facts.put("processor", Simd.HOST.processor());
        facts.put("processors", Runtime.getRuntime().availableProcessors());
        facts.put("vectorBits", Simd.HOST.widthBits());
        return facts;
    }

    /** The same as one line of text. */
    public static String machineLine() {
        Map<String, Object> facts = machine();
        return "vexel " + facts.get("vexel") + ", Java " + facts.get("java") + ", " + facts.get("system") + ", "
                + facts.get("processors") + " x " + facts.get("processor") + ", " + facts.get("vectorBits")
                + "-bit vectors";
    }
}
