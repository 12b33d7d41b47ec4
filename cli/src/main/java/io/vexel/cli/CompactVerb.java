package io.vexel.cli;

import io.vexel.base.Bytes;
import io.vexel.base.ErrorCode;
import io.vexel.cli.terminal.Figures;
import io.vexel.cli.terminal.Progress;
import io.vexel.collection.CompactionResult;
import io.vexel.engine.Collection;
import io.vexel.engine.Volume;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CancellationException;
import picocli.CommandLine.Command;

@Command(
        name = "vexel compact",
        description = "Gives the space of replaced and deleted points of a collection back to the volume.",
        footer = {
            "",
            "Points that stand among dead ones are stored again, as they are; then they are the last in the order of 'ls'",
            "and 'export'. A volume that is open for writing does the same by itself when a fifth of what is stored is dead.",
            "Ctrl-C stops it in good order; run it again to go on.",
            "",
            "Example:",
            "  vexel compact docs.vexel articles"
        })
final class CompactVerb extends IndexedVerb {

    @Override
    public Integer call() {
        stop().arm();
        try (Volume volume = target.openWritable()) {
            Collection collection = volume.collection(name);
            Progress progress = new Progress(terminal(), time(), "points moved");
            long before = collection.statistics().deadBytes();
            Optional<CompactionResult> result = compact(collection, progress);
            collection.awaitIndexed();
            tell(collection, before, result, progress.elapsedNanos());
            return result.isPresent() ? EXIT_OK : ErrorCode.EXIT_INTERRUPTED;
        }
    }

    /** Empty when it was stopped. */
    private Optional<CompactionResult> compact(Collection collection, Progress progress) {
        try {
            return Optional.of(collection.compact((moved, planned) -> {
                if (stop().isRequested()) {
                    throw new CancellationException("stopped");
                }
                progress.update(moved, OptionalDouble.of(moved / (double) Math.max(1, planned)));
            }));
        } catch (CancellationException e) {
            return Optional.empty();
        } finally {
            progress.clear();
        }
    }

    private void tell(Collection collection, long before, Optional<CompactionResult> result, long nanos) {
        long deadBytes = collection.statistics().deadBytes();
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("collection", name);
        facts.put("complete", result.isPresent());
        facts.put("movedPoints", result.map(CompactionResult::movedRows));
        facts.put("freedBytes", result.map(CompactionResult::freedBytes));
        facts.put("deadBytesBefore", before);
        facts.put("deadBytes", deadBytes);
        facts.put("seconds", nanos / 1e9);
        String what = result.map(done -> Bytes.text(done.freedBytes()) + " given back, "
                        + Figures.count(done.movedRows(), "point") + " moved")
                .orElse("stopped");
        print(
                facts,
                name + ": " + what + "; " + Bytes.text(deadBytes) + " of dead points left, were " + Bytes.text(before)
                        + "; " + Figures.duration(nanos) + System.lineSeparator());
    }
}
