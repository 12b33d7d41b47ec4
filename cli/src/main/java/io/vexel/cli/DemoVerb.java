package io.vexel.cli;

import io.vexel.base.ErrorCode;
import io.vexel.cli.terminal.Table;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "vexel demo",
        description =
                "Shows in a few seconds what Vexel does: imports real vectors, searches them, survives a killed writer.",
        footer = {"", "Example:", "  vexel demo"})
final class DemoVerb extends Verb {

    @Option(names = "--keep", description = "Keeps the directory with the volumes.")
    boolean keep;

    @Override
    public Integer call() {
        stop().arm();
        Path directory = makeDirectory();
        try {
            Demo demo = new Demo(directory, session(), this::say);
            List<Demo.Step> steps = demo.run();
            boolean passed = steps.stream().allMatch(Demo.Step::passed);
            if (!stop().isRequested()) {
                report(demo, steps, passed, directory);
            }
            if (stop().isRequested()) {
                return ErrorCode.EXIT_INTERRUPTED;
            }
            return passed ? EXIT_OK : ErrorCode.EXIT_SOFTWARE;
        } finally {
            if (!keep) {
                delete(directory);
            }
        }
    }

    private void report(Demo demo, List<Demo.Step> steps, boolean passed, Path directory) {
        Table table = new Table("WHAT", "RESULT", "WHAT THAT MEANS");
        steps.forEach(step -> table.row(step.what(), step.result(), step.meaning()));
        Map<String, Object> facts = new LinkedHashMap<>(demo.facts());
        facts.put("passed", passed);
        String end = passed
                ? "Everything is as it should be."
                : "Something is NOT as it should be: look at the rows that say FAILED.";
        String kept = keep ? System.lineSeparator() + "Kept in " + directory : "";
        print(facts, System.lineSeparator() + table + System.lineSeparator() + end + kept + System.lineSeparator());
    }

    private static Path makeDirectory() {
        try {
            return Files.createTempDirectory("vexel-demo");
        } catch (IOException e) {
            throw new UncheckedIOException("no temporary directory can be made: " + e.getMessage(), e);
        }
    }

    private void delete(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            warn(directory + " could not be removed: " + e.getMessage());
        }
    }
}
