package io.vexel.cli;

import io.vexel.base.CorruptionException;
import io.vexel.base.ErrorCode;
import io.vexel.cli.terminal.Figures;
import io.vexel.engine.Volume;
import io.vexel.index.Verification;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;

@Command(
        name = "verify",
        description = "Checks what is saved of an index, its structure, and that it has every point.",
        footer = {
            "",
            "Exit code 72 when something is wrong, 73 when there is no memory to load it, 74 when it cannot be read.",
            "",
            "Example:",
            "  vexel index verify docs.vexel articles"
        })
final class IndexVerifyVerb extends IndexedVerb {

    @Override
    public Integer call() {
        try (Volume volume = target.openReadOnly()) {
            Verification found = volume.collection(name).verifyIndex();
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("collection", name);
            facts.put("clean", found.clean());
            facts.put("checked", found.checked());
            facts.put("findingCount", found.findingCount());
            facts.put("findings", found.findings());
            StringBuilder text = new StringBuilder();
            found.findings().forEach(finding -> text.append(finding).append(System.lineSeparator()));
            text.append(name)
                    .append(": ")
                    .append(Figures.count(found.checked()))
                    .append(" rows checked, ")
                    .append(found.clean() ? "clean" : Figures.count(found.findingCount()) + " findings")
                    .append(System.lineSeparator());
            print(facts, text.toString());
            return found.clean()
                    ? EXIT_OK
                    : ErrorCode.of(new CorruptionException(CorruptionException.NO_BLOCK, "index"))
                            .exitCode();
        }
    }
}
