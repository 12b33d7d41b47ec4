package io.vexel.bench;

import io.vexel.base.Checks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** A file to write at the end, looked at before the long run begins. */
final class ReportFile {

    private final Optional<Path> path;

    private ReportFile(Optional<Path> path) {
        this.path = path;
    }

    /**
     * The file that an option names, or none.
     *
     * @throws IllegalArgumentException when its ending is none of these, or it could not be written
     */
    static ReportFile of(String option, Optional<String> name, List<String> endings) {
        name.ifPresent(text -> {
            Checks.argument(
                    endings.stream().anyMatch(text::endsWith),
                    option + "=" + text + ", allowed: names that end in " + String.join(", ", endings));
            Path parent = Path.of(text).toAbsolutePath().getParent();
            Checks.argument(
                    parent != null && Files.isDirectory(parent) && !Files.isDirectory(Path.of(text)),
                    option + "=" + text + ", allowed: a file in a directory that exists");
        });
        return new ReportFile(name.map(Path::of));
    }

    boolean endsIn(String ending) {
        return path.isPresent() && path.get().toString().endsWith(ending);
    }

    void write(Supplier<String> content) {
        path.ifPresent(file -> {
            try {
                Files.writeString(file, content.get());
            } catch (IOException e) {
                throw new UncheckedIOException(file + ": cannot be written: " + e.getMessage(), e);
            }
        });
    }
}
