package io.vexel.cli;

import io.vexel.base.CorruptionException;
import io.vexel.base.FormatVersionException;
import io.vexel.engine.Volume;
import io.vexel.engine.VolumeOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The check of all indexes of a volume whose file system is sound. */
final class IndexCheck {

    private IndexCheck() {}

    /** What is wrong, each finding with the name of its collection. */
    static List<String> run(Path path) {
        List<String> findings = new ArrayList<>();
        try (Volume volume =
                Volume.open(path, VolumeOptions.builder().readOnly().build())) {
            for (String name : volume.listCollections()) {
                check(volume, name, findings);
            }
        }
        return findings;
    }

    private static void check(Volume volume, String name, List<String> findings) {
        try {
            volume.collection(name)
                    .verifyIndex()
                    .findings()
                    .forEach(finding -> findings.add("index of " + name + ": " + finding));
        } catch (CorruptionException | FormatVersionException e) {
            findings.add("collection " + name + ": " + e.getMessage());
        }
    }
}
