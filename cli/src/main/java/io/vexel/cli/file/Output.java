package io.vexel.cli.file;

import io.vexel.base.ConflictException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * Where an export goes. A file appears under its name only when everything was written: it grows beside it with the ending
 * {@code .partial} and is renamed by {@link #commit}.
 */
public final class Output implements AutoCloseable {

    private static final int BUFFER_BYTES = 1 << 20;

    private final String name;
    private final OutputStream stream;
    private final Optional<Path> target;

    private Output(String name, OutputStream stream, Optional<Path> target) {
        this.name = name;
        this.stream = new BufferedOutputStream(stream, BUFFER_BYTES);
        this.target = target;
    }

    /** What to do with a file that has the name already. */
    public enum Existing {
        KEEP,
        REPLACE
    }

    /**
     * A file to be.
     *
     * @throws ConflictException when there is one and it is to be kept
     */
    public static Output file(Path target, Existing existing) {
        if (existing == Existing.KEEP && Files.exists(target)) {
            throw new ConflictException(target + ": exists already (--force replaces it)");
        }
        try {
            return new Output(target.toString(), Files.newOutputStream(partial(target)), Optional.of(target));
        } catch (IOException e) {
            throw new UncheckedIOException(target + ": cannot be written: " + e.getMessage(), e);
        }
    }

    /** A stream that is left open. */
    public static Output of(String name, OutputStream stream) {
        return new Output(name, stream, Optional.empty());
    }

    private static Path partial(Path target) {
        return target.resolveSibling(target.getFileName() + ".partial");
    }

    /** Appends bytes. */
    public void write(byte[] bytes) {
        try {
            stream.write(bytes);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Appends text in UTF-8. */
    public void write(String text) {
        write(text.getBytes(StandardCharsets.UTF_8));
    }

    private UncheckedIOException failed(IOException e) {
        return new UncheckedIOException(name + ": cannot be written: " + e.getMessage(), e);
    }

    /** Everything is written: the file takes its name. */
    public void commit() {
        try {
            stream.flush();
            if (target.isPresent()) {
                stream.close();
                Files.move(partial(target.get()), target.get(), StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Drops what was not committed. */
    @Override
    public void close() {
        if (target.isEmpty()) {
            return;
        }
        try (stream) {
            Files.deleteIfExists(partial(target.get()));
        } catch (IOException e) {
            throw failed(e);
        }
    }
}
