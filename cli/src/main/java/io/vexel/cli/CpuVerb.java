package io.vexel.cli;

import io.vexel.distance.Simd;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;

@Command(
        name = "vexel cpu",
        description = "Says what the processor can do with vectors, and what the kernels use of it.",
        footer = {"", "Example:", "  vexel cpu --json"})
final class CpuVerb extends Verb {

    @Override
    public Integer call() {
        Simd simd = Simd.HOST;
        Map<String, Object> facts = new LinkedHashMap<>(Versions.machine());
        facts.put("capabilities", simd.capabilities());
        facts.put("features", simd.features());
        String text =
                "SIMD capabilities: 0x%x, vector width: %d bits%n".formatted(simd.capabilities(), simd.widthBits())
                        + "processor: " + simd.processor() + ", "
                        + Runtime.getRuntime().availableProcessors() + " logical%n".formatted()
                        + "features:  " + String.join(" ", simd.features()) + "%n".formatted();
        print(facts, text);
        return EXIT_OK;
    }
}
