package io.vexel.cli;

import io.vexel.engine.Volume;
import io.vexel.filesystem.VolumeInfo;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "vexel info",
        description = "Shows what a volume is: size, layout, identity, what is free.",
        footer = {"", "Example:", "  vexel info docs.vexel"})
final class InfoVerb extends Verb {

    @Mixin
    VolumeTarget target = new VolumeTarget();

    @Override
    public Integer call() {
        try (Volume volume = target.openReadOnly()) {
            VolumeInfo info = volume.info();
            Map<String, Object> facts = new LinkedHashMap<>(VolumeFacts.json(info));
            facts.put("collections", volume.listCollections().size());
            print(facts, VolumeFacts.state(info) + VolumeFacts.layout(info));
        }
        return EXIT_OK;
    }
}
