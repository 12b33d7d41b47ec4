package io.vexel.cli;

import io.vexel.cli.terminal.Figures;
import io.vexel.cli.terminal.Progress;
import io.vexel.engine.Volume;
import io.vexel.engine.VolumeOptions;
import io.vexel.filesystem.FsckFinding;
import io.vexel.filesystem.FsckReport;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "vexel fsck",
        description =
                "Checks a volume and, unless told otherwise, changes nothing: everything reachable, everything counted,"
                        + " every checksum, and the indexes of its collections.",
        footer = {
            "",
            "Exit codes as of fsck(8): 0 clean, 1 a damaged journal was cut and the volume is clean, 4 damage found,"
                    + " 8 the check, or that of an index, could not be made, 16 wrong command line.",
            "",
            "Example:",
            "  vexel fsck -n docs.vexel"
        })
final class FsckVerb extends Verb {

    @Parameters(index = "0", paramLabel = "VOLUME", description = "Image file or block device.")
    Path path = Path.of("");

    @Option(
            names = {"-n", "--no-changes"},
            description = "Changes nothing, as without it; for scripts that say so.")
    boolean noChanges;

    @Option(
            names = "--cut-journal",
            description =
                    "When a damaged journal record keeps the volume from being opened: gives up the commits from it on,"
                            + " for good, says which they were, and checks what is left. Try a copy of the volume first.")
    boolean cutJournal;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            converter = SizeConverter.class,
            description =
                    "Most memory outside the Java heap for the check of indexes, for instance 512MiB; by default a"
                            + " quarter of the machine's.")
    Optional<Long> memoryBytes = Optional.empty();

    @Override
    public Integer call() {
        if (noChanges && cutJournal) {
            throw usage("--no-changes and --cut-journal contradict each other");
        }
        Optional<String> lost = cutJournal ? VolumeCheck.cutJournal(path) : Optional.empty();
        Progress progress = new Progress(terminal(), time(), "");
        FsckReport report;
        try {
            report = VolumeCheck.run(
                    path, (phase, done, total) -> progress.phase(phase, done / (double) Math.max(1, total)));
        } finally {
            progress.clear();
        }
        IndexCheck.Report indexes =
                report.clean() && report.complete() ? IndexCheck.run(this::open) : IndexCheck.Report.EMPTY;
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("path", path);
        facts.put("clean", report.clean() && indexes.findings().isEmpty());
        facts.put("complete", report.complete() && indexes.unchecked().isEmpty());
        facts.put("lost", lost.orElse(null));
        facts.put("errors", report.errors());
        facts.put("notes", report.notes());
        facts.put(
                "findings",
                report.findings().stream().map(FsckFinding::toString).toList());
        facts.put("indexFindings", indexes.findings());
        facts.put("indexesUnchecked", indexes.unchecked());
        facts.put("files", report.files());
        facts.put("directories", report.directories());
        facts.put("usedBlocks", report.usedBlocks());
        facts.put("totalBlocks", report.totalBlocks());
        facts.put("seconds", progress.elapsedNanos() / 1e9);
        print(facts, cutText(lost) + text(report, progress.elapsedNanos()) + text(indexes));
        return exitCode(report, indexes, lost.isPresent());
    }

    private Volume open() {
        VolumeOptions.Builder options = VolumeOptions.builder().readOnly();
        memoryBytes.ifPresent(options::budgetBytes);
        return Volume.open(path, options.build());
    }

    /** Damage that was found is told before what could not be looked at. */
    private static int exitCode(FsckReport report, IndexCheck.Report indexes, boolean corrected) {
        if (report.exitCode() != FsckReport.EXIT_CLEAN) {
            return report.exitCode();
        }
        if (!indexes.findings().isEmpty()) {
            return FsckReport.EXIT_ERRORS;
        }
        if (!indexes.unchecked().isEmpty()) {
            return FsckReport.EXIT_OPERATIONAL;
        }
        return corrected ? FsckReport.EXIT_CORRECTED : FsckReport.EXIT_CLEAN;
    }

    private String cutText(Optional<String> lost) {
        if (!cutJournal) {
            return "";
        }
        return lost.map(what -> "the journal was cut; lost: " + what).orElse("there was nothing to cut off the journal")
                + System.lineSeparator();
    }

    private String text(FsckReport report, long nanos) {
        StringBuilder text = new StringBuilder();
        report.findings().stream()
                .filter(finding -> verbose || finding.severity() != FsckFinding.Severity.NOTE)
                .forEach(finding -> text.append(finding).append(System.lineSeparator()));
        long hidden = report.errors() + report.notes() - report.findings().size();
        if (hidden > 0) {
            text.append("... and ")
                    .append(Figures.count(hidden))
                    .append(" more")
                    .append(System.lineSeparator());
        }
        text.append(path).append(": ");
        if (!report.complete()) {
            text.append("the check could not go on, ");
        }
        text.append(report.clean() ? "clean" : Figures.count(report.errors(), "error"));
        if (!report.clean() && !cutJournal) {
            text.append(", nothing was changed");
        }
        text.append("; ").append(Figures.count(report.files())).append(" files, ");
        text.append(Figures.count(report.usedBlocks())).append(" of ").append(Figures.count(report.totalBlocks()));
        return text.append(" blocks used, checked in ")
                .append(Figures.duration(nanos))
                .append(System.lineSeparator())
                .toString();
    }

    private static String text(IndexCheck.Report indexes) {
        StringBuilder text = new StringBuilder();
        indexes.findings().forEach(finding -> text.append(finding).append(System.lineSeparator()));
        indexes.unchecked().forEach(what -> text.append(what).append(System.lineSeparator()));
        if (!indexes.findings().isEmpty()) {
            text.append("the points are sound; 'vexel index rebuild' mends an index")
                    .append(System.lineSeparator());
        }
        return text.toString();
    }

    @Override
    int exitCode(Throwable failure) {
        return FsckReport.EXIT_OPERATIONAL;
    }

    @Override
    int usageExitCode() {
        return FsckReport.EXIT_USAGE;
    }
}
