package io.vexel.cli;

import io.vexel.cli.terminal.Figures;
import io.vexel.cli.terminal.Terminal;
import io.vexel.engine.Volume;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "vexel drop",
        description = "Removes a collection and everything in it. Asks first.",
        footer = {"", "Example:", "  vexel drop docs.vexel articles --yes"})
final class DropVerb extends Verb {

    private static final int EXIT_REFUSED = 1;

    @Mixin
    VolumeTarget target = new VolumeTarget();

    @Parameters(index = "1", paramLabel = "COLLECTION", description = "Name of the collection.")
    String name = "";

    @Option(
            names = {"-y", "--yes"},
            description = "Does not ask.")
    boolean yes;

    @Override
    public Integer call() {
        try (Volume volume = target.openWritable()) {
            long points = volume.collection(name).count();
            if (!yes && !confirmed(points)) {
                warn("nothing was removed");
                return EXIT_REFUSED;
            }
            volume.drop(name);
            print(
                    Map.of("dropped", name, "points", points),
                    "dropped " + name + " with " + Figures.count(points) + " points" + System.lineSeparator());
        }
        return EXIT_OK;
    }

    private boolean confirmed(long points) {
        if (!terminal().isInteractive(Terminal.Stream.IN)) {
            throw usage("there is nobody to ask; --yes removes the collection without asking");
        }
        terminal().err().print("Remove collection " + name + " with " + Figures.count(points) + " points? [y/N] ");
        terminal().err().flush();
        try {
            // Not closed: standard input is not ours.
            BufferedReader answers =
                    new BufferedReader(new InputStreamReader(terminal().in(), StandardCharsets.UTF_8));
            String answer = Optional.ofNullable(answers.readLine()).orElse("");
            return answer.strip().toLowerCase(Locale.ROOT).matches("y|yes");
        } catch (IOException e) {
            throw new UncheckedIOException("standard input cannot be read: " + e.getMessage(), e);
        }
    }
}
