package io.vexel.bench.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A directory for the files of an index, removed with them when closed. */
public final class TemporaryDirectory implements AutoCloseable {

    private final Path path;

    public TemporaryDirectory() {
        try {
            path = Files.createTempDirectory("vexel-bench");
        } catch (IOException e) {
            throw new UncheckedIOException("no temporary directory can be made: " + e.getMessage(), e);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(this::removeAtExit, "remove " + path));
    }

    /** Ctrl-C in the middle of a run must not leave an index behind. */
    private void removeAtExit() {
        try {
            close();
        } catch (UncheckedIOException e) {
            System.getLogger(TemporaryDirectory.class.getName())
                    .log(System.Logger.Level.DEBUG, "a build that was still writing left files", e);
        }
    }

    public Path path() {
        return path;
    }

    /** Bytes of all files in it. */
    long bytes() {
        long sum = 0;
        for (Path file : files()) {
            if (Files.isRegularFile(file)) {
                try {
                    sum += Files.size(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(file + ": cannot be measured: " + e.getMessage(), e);
                }
            }
        }
        return sum;
    }

    private List<Path> files() {
        try (Stream<Path> files = Files.walk(path)) {
            return files.sorted(Comparator.reverseOrder()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(path + ": cannot be listed: " + e.getMessage(), e);
        }
    }

    /** Removes it; once it is gone, nothing happens. */
    @Override
    public void close() {
        if (!Files.exists(path)) {
            return;
        }
        for (Path file : files()) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                throw new UncheckedIOException(file + ": cannot be removed: " + e.getMessage(), e);
            }
        }
    }
}
