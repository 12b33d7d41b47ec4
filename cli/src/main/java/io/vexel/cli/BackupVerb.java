package io.vexel.cli;

import io.vexel.base.Bytes;
import io.vexel.base.TimeSource;
import io.vexel.cli.terminal.Figures;
import io.vexel.cli.terminal.Progress;
import io.vexel.engine.Volume;
import io.vexel.filesystem.BackupOptions;
import io.vexel.filesystem.BackupResult;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.CancellationException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "vexel backup",
        description = "Copies a volume to a new image file, and verifies every block that it copies.",
        footer = {
            "",
            "The copy is a volume of the same size, with holes where nothing is. It has its name once it is whole and"
                    + " durable; before, it ends in .partial. Others may read the volume meanwhile. A volume that another process has open"
                    + " for writing is copied by that process (Volume.backup), while it goes on writing.",
            "",
            "Example:",
            "  vexel backup docs.vexel /backups/docs-monday.vexel --verify"
        })
final class BackupVerb extends Verb {

    @Mixin
    VolumeTarget target = new VolumeTarget();

    @Parameters(index = "1", paramLabel = "FILE", description = "Image file to be made; there is none yet.")
    Path file = Path.of("");

    @Option(names = "--verify", description = "Reads the copy once more and checks it as fsck does.")
    boolean verify;

    @Override
    public Integer call() {
        stop().arm();
        try (Volume volume = target.openReadOnly()) {
            Progress progress = new Progress(terminal(), TimeSource.SYSTEM, "MiB");
            BackupResult result;
            try {
                result = volume.backup(
                        file, new BackupOptions(verify, (phase, done, total) -> at(progress, phase, done, total)));
            } finally {
                progress.clear();
            }
            tell(volume, result, progress.elapsedNanos());
        }
        return EXIT_OK;
    }

    private void at(Progress progress, String phase, long done, long total) {
        if (stop().isRequested()) {
            throw new CancellationException("stopped; " + file + " was not made");
        }
        double share = total == 0 ? 1 : done / (double) total;
        if (phase.equals(BackupOptions.COPYING)) {
            progress.update(done / Bytes.MIB, OptionalDouble.of(share));
        } else {
            progress.phase(phase, share);
        }
    }

    private void tell(Volume volume, BackupResult result, long nanos) {
        long volumeBytes = volume.info().totalBlocks() * volume.info().blockSize();
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("volume", target.path);
        facts.put("file", file);
        facts.put("commit", result.commit());
        facts.put("volumeBytes", volumeBytes);
        facts.put("copiedBytes", result.copiedBytes());
        facts.put("verified", result.verified());
        facts.put("seconds", nanos / 1e9);
        print(
                facts,
                file + ": " + Bytes.text(result.copiedBytes()) + " copied, of a volume of " + Bytes.text(volumeBytes)
                        + (result.verified() ? ", checked and clean" : "") + "; " + Figures.duration(nanos)
                        + System.lineSeparator());
    }
}
