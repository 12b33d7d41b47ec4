package io.vexel.cli;

import io.vexel.base.TimeSource;
import io.vexel.cli.terminal.Figures;
import io.vexel.cli.terminal.Progress;
import io.vexel.filesystem.FsckFinding;
import io.vexel.filesystem.FsckReport;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "vexel fsck",
        description = "Checks a volume and changes nothing: everything reachable, everything counted, every checksum.",
        footer = {
            "",
            "Exit codes as of fsck(8): 0 clean, 4 damage found, 8 the check could not be made, 16 wrong command line.",
            "",
            "Example:",
            "  vexel fsck -n docs.vexel"
        })
final class FsckVerb extends Verb {

    @Parameters(index = "0", paramLabel = "VOLUME", description = "Image file or block device.")
    Path path = Path.of("");

    @Option(
            names = {"-n", "--no-changes"},
            description = "Changes nothing. This version never does; kept for scripts that say so.")
    boolean noChanges;

    @Override
    public Integer call() {
        Progress progress = new Progress(terminal(), TimeSource.SYSTEM, "");
        FsckReport report;
        try {
            report = VolumeCheck.run(
                    path, (phase, done, total) -> progress.phase(phase, done / (double) Math.max(1, total)));
        } finally {
            progress.clear();
        }
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("path", path);
        facts.put("clean", report.clean());
        facts.put("complete", report.complete());
        facts.put("errors", report.errors());
        facts.put("notes", report.notes());
        facts.put(
                "findings",
                report.findings().stream().map(FsckFinding::toString).toList());
        facts.put("files", report.files());
        facts.put("directories", report.directories());
        facts.put("usedBlocks", report.usedBlocks());
        facts.put("totalBlocks", report.totalBlocks());
        facts.put("seconds", progress.elapsedNanos() / 1e9);
        print(facts, text(report, progress.elapsedNanos()));
        return report.exitCode();
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
        text.append(report.clean() ? "clean" : Figures.count(report.errors(), "error") + ", nothing was changed");
        text.append("; ").append(Figures.count(report.files())).append(" files, ");
        text.append(Figures.count(report.usedBlocks())).append(" of ").append(Figures.count(report.totalBlocks()));
        return text.append(" blocks used, checked in ")
                .append(Figures.duration(nanos))
                .append(System.lineSeparator())
                .toString();
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
